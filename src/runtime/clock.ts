/** Time, passed in so that tests own it. */
export interface Clock {
  now(): Date;
  /** Monotonic, milliseconds. */
  monotonic(): number;
  /** Calls back once after so many milliseconds; returns the cancel function. Does not keep the process alive. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The real time of this process. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
