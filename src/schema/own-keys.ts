/** Sets a key that comes from outside; `__proto__` becomes an ordinary key and does not change the prototype. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

/** The value of an own property; undefined for anything inherited. */
export function getOwn<V>(target: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}
