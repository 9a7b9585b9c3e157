/** kubectl kd wait */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { systemClock } from '../../runtime/clock.ts';
import { clusterView } from '../../view/cluster-view.ts';
import { plainLine } from '../../view/plain-text.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import { followClusters } from './follow.ts';
import { tellTrouble, type Output, type Printed } from './frame.ts';
import { progressLine } from './render.ts';

/** Flags of wait. */
export interface WaitFlags extends ConnectionFlags {
  readonly for: Goal;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What is waited for. */
export interface Goal {
  /** For people: "configured". */
  readonly text: string;
  /** @param cluster undefined where there is none */
  readonly isReached: (cluster: KubeDirectorCluster | undefined) => boolean;
  /** Whether it can be reached by a cluster that is not there. */
  readonly isGone: boolean;
}

/**
 * Waits until the goal is reached, and tells the progress meanwhile.
 *
 * @throws Error where the time is over, and for a cluster that is not there; StatusError as the server answered
 */
export async function wait(name: string, flags: WaitFlags, progress: Output): Promise<Printed> {
  const client = connect(flags, systemClock);
  const goal = flags.for;
  const timeout = new AbortController();
  // One look takes the time that it takes.
  const cancel = flags.timeout === 0 ? undefined : systemClock.after(flags.timeout, () => timeout.abort());
  let last = '';
  let uid: string | undefined;
  try {
    const troubled = tellTrouble(progress);
    for await (const clusters of followClusters({ client, name, signal: timeout.signal, troubled })) {
      const found = clusters.find(({ metadata }) => metadata.name === name);
      uid ??= found?.metadata.uid;
      // A later one of the same name is another.
      const cluster = found?.metadata.uid === uid ? found : undefined;
      if (cluster === undefined && !goal.isGone) throw new Error(`there is no cluster "${name}"`);
      if (goal.isReached(cluster)) return { text: `${plainLine(name)}: ${plainLine(goal.text)}\n` };
      const line = cluster === undefined ? '' : progressLine(clusterView({ cluster }, systemClock.now()));
      if (line !== last) progress.write(`${line}\n`);
      last = line;
      if (flags.timeout === 0) break;
    }
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
  } finally {
    cancel?.();
    client.close();
  }
  throw new Error(`the time is over: ${name} is not "${goal.text}"`);
}
