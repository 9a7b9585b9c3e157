/** A wall clock that is wrong: for all code of this process, libraries included. The monotonic clock stays right. */
const RealDate = globalThis.Date;

/** @param wrong milliseconds that are added to the true time from now on */
export function setWallClock(wrong: number): void {
  const now = (): number => RealDate.now() + wrong;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  });
}
