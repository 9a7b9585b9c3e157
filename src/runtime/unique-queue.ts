/** A queue that holds each key at most once, and never gives a key to two workers at the same time. */

/** Is told what happens in the queue, for its metrics. */
export interface QueueObserver {
  added(key: string): void;
  started(key: string): void;
  finished(key: string): void;
}

interface UniqueQueue {
  add(key: string): void;
  get(signal: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  readonly length: number;
  readonly closed: boolean;
  close(): void;
}

type Worker = (key: string | undefined) => void;

interface OrderedSet {
  add(key: string): void;
  has(key: string): boolean;
  /** Takes out the key that was added first. */
  shift(): string | undefined;
  size(): number;
}

function createOrderedSet(): OrderedSet {
  const keys = new Set<string>();
  // Kept between calls: a new iterator would step over all that was taken before.
  let order = keys.values();
  function first(): string | undefined {
    const next = order.next();
    if (next.done !== true) return next.value;
    order = keys.values();
    return order.next().value;
  }
  return {
    add: (key) => void keys.add(key),
    has: (key) => keys.has(key),
    shift() {
      const key = first();
      if (key !== undefined) keys.delete(key);
      return key;
    },
    size: () => keys.size,
  };
}

/** Joins the idle workers until a key comes or the signal aborts. */
function waitIn(idleWorkers: Set<Worker>, signal: AbortSignal, resolve: Worker): void {
  const worker: Worker = (key) => {
    signal.removeEventListener('abort', aborted);
    resolve(key);
  };
  const aborted = (): void => {
    idleWorkers.delete(worker);
    resolve(undefined);
  };
  signal.addEventListener('abort', aborted, { once: true });
  idleWorkers.add(worker);
}

/** See Workqueue for what the methods promise. */
export function createUniqueQueue(observer: QueueObserver): UniqueQueue {
  const queued = createOrderedSet();
  const processing = new Set<string>();
  const addedWhileProcessing = new Set<string>();
  const idleWorkers = new Set<Worker>();
  let closed = false;
  function take(): string | undefined {
    const key = queued.shift();
    if (key === undefined) return undefined;
    processing.add(key);
    observer.started(key);
    return key;
  }
  function enqueue(key: string): void {
    queued.add(key);
    const [worker] = idleWorkers;
    if (!worker) return;
    idleWorkers.delete(worker);
    worker(take());
  }
  return {
    add(key) {
      if (closed || queued.has(key) || addedWhileProcessing.has(key)) return;
      observer.added(key);
      if (processing.has(key)) addedWhileProcessing.add(key);
      else enqueue(key);
    },
    get(signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      const key = take();
      if (key !== undefined || closed) return Promise.resolve(key);
      return new Promise((resolve) => {
        waitIn(idleWorkers, signal, resolve);
      });
    },
    done(key) {
      if (!processing.delete(key)) return;
      observer.finished(key);
      if (addedWhileProcessing.delete(key)) enqueue(key);
    },
    get length() {
      return queued.size();
    },
    get closed() {
      return closed;
    },
    close() {
      closed = true;
      for (const worker of idleWorkers) worker(undefined);
      idleWorkers.clear();
    },
  };
}
