/** What two parts need of each other: set once, before anybody asks. */
interface Later<T> {
  /** @throws Error where it was not set yet: a mistake of the composition */
  readonly get: () => T;
  readonly set: (value: T) => void;
}

export function later<T>(what: string): Later<T> {
  let held: { value: T } | undefined;
  return {
    get: () => {
      if (held === undefined) throw new Error(`${what} was asked for before it was made`);
      return held.value;
    },
    set: (value) => {
      held = { value };
    },
  };
}
