/** A value that two parts need of each other. It is set once, before anybody reads it. */
interface Later<T> {
  /** @throws Error where it has not been set: the composition is wrong */
  readonly get: () => T;
  readonly set: (value: T) => void;
}

/** A value that is set after others have been given the way to it. `get` throws before `set`, and names `what`. */
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
