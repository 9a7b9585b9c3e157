/** How long things take in the playground. Tests give `noDelays`. */

/** Milliseconds, at least and at most; each time drawn anew. */
export type DelayRange = readonly [number, number];

export interface PlaygroundDelays {
  /** From a bound pod to its running container: image, sandbox. */
  readonly containerStart: DelayRange;
  /** One init container's run. */
  readonly initContainer: DelayRange;
  /** From SIGTERM to the end of a pod. */
  readonly terminate: DelayRange;
  /** From the end of a node to the end of its pods. */
  readonly lostNode: DelayRange;
  readonly provisionVolume: DelayRange;
  readonly loadBalancer: DelayRange;
  /** Changes of endpoints are gathered for so long. */
  readonly endpoints: DelayRange;
  /** One command in a container. */
  readonly exec: DelayRange;
  /** A startscript's --configure run. */
  readonly configure: DelayRange;
  /** A startscript's --addnodes, --delnodes or --reconnect run. */
  readonly notify: DelayRange;
}

export const believableDelays: PlaygroundDelays = {
  containerStart: [800, 2200],
  initContainer: [1000, 2000],
  terminate: [400, 1200],
  lostNode: [3000, 5000],
  provisionVolume: [100, 400],
  loadBalancer: [300, 900],
  endpoints: [50, 100],
  exec: [5, 25],
  configure: [2000, 5000],
  notify: [200, 600],
};

export const noDelays: PlaygroundDelays = {
  containerStart: [0, 0],
  initContainer: [0, 0],
  terminate: [0, 0],
  lostNode: [0, 0],
  provisionVolume: [0, 0],
  loadBalancer: [0, 0],
  endpoints: [0, 0],
  exec: [0, 0],
  configure: [0, 0],
  notify: [0, 0],
};

export function draw([least, most]: DelayRange, random: () => number): number {
  return least + (most - least) * random();
}
