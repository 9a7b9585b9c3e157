/** How long things take in the playground. Tests use `noDelays`. */

/** The shortest and the longest delay in milliseconds. A new value is drawn each time. */
export type DelayRange = readonly [number, number];

/** The delays of all simulated work. */
export interface PlaygroundDelays {
  /** From the binding of a pod to its running containers (image pull, sandbox). */
  readonly containerStart: DelayRange;
  /** The run of one init container. */
  readonly initContainer: DelayRange;
  /** From SIGTERM to the end of a pod. */
  readonly terminate: DelayRange;
  /** From the deletion of a node to the deletion of its pods. */
  readonly lostNode: DelayRange;
  readonly provisionVolume: DelayRange;
  /** From a larger request of a claim to a larger volume. */
  readonly expandVolume: DelayRange;
  /** Until a snapshot of a volume is taken; its application may be frozen meanwhile. */
  readonly takeSnapshot: DelayRange;
  /** From then on until it can be used. */
  readonly uploadSnapshot: DelayRange;
  readonly loadBalancer: DelayRange;
  /** How long changes of endpoints are collected before they are written. */
  readonly endpoints: DelayRange;
  /** The run of one command in a container. */
  readonly exec: DelayRange;
  /** A startscript's --configure run. */
  readonly configure: DelayRange;
  /** A startscript's --addnodes, --delnodes or --reconnect run. */
  readonly notify: DelayRange;
}

/** Delays like those of a fast real cluster: a member is usually ready within ten seconds. */
export const believableDelays: PlaygroundDelays = {
  containerStart: [800, 2200],
  initContainer: [1000, 2000],
  terminate: [400, 1200],
  lostNode: [3000, 5000],
  provisionVolume: [100, 400],
  expandVolume: [1500, 4000],
  takeSnapshot: [300, 900],
  uploadSnapshot: [1500, 4000],
  loadBalancer: [300, 900],
  endpoints: [50, 100],
  exec: [5, 25],
  configure: [2000, 5000],
  notify: [200, 600],
};

/** Everything happens at once. */
export const noDelays: PlaygroundDelays = {
  containerStart: [0, 0],
  initContainer: [0, 0],
  terminate: [0, 0],
  lostNode: [0, 0],
  provisionVolume: [0, 0],
  expandVolume: [0, 0],
  takeSnapshot: [0, 0],
  uploadSnapshot: [0, 0],
  loadBalancer: [0, 0],
  endpoints: [0, 0],
  exec: [0, 0],
  configure: [0, 0],
  notify: [0, 0],
};

/** A random delay in the range, in milliseconds. @param random returns a number in [0, 1) */
export function draw([least, most]: DelayRange, random: () => number): number {
  return least + (most - least) * random();
}
