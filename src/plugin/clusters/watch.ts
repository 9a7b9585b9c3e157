/** kubectl kd watch */
import { systemClock } from '../../runtime/clock.ts';
import { clusterView } from '../../view/cluster-view.ts';
import type { ClusterView } from '../../view/contract.ts';
import { plainLine } from '../../view/plain-text.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import { barsOf } from './bars.ts';
import { followClusters } from './follow.ts';
import { tellTrouble, type ClusterCommandsContext, type Output, type Printed, type Terminal } from './frame.ts';
import { progressLine } from './render.ts';

/** Flags of watch. */
export interface WatchFlags extends ConnectionFlags {
  readonly allNamespaces: boolean;
}

/**
 * Shows the clusters as they change, until the one that was named is gone, or the program is stopped: as bars in a terminal,
 * else as lines.
 *
 * @throws StatusError as the server answered; Error where it can't be asked, and for a cluster that is not there
 */
export async function watch(
  name: string | undefined,
  flags: WatchFlags,
  { stdout: out, stderr, terminal }: ClusterCommandsContext,
): Promise<Printed> {
  const { allNamespaces } = flags;
  if (allNamespaces && name !== undefined)
    throw new Error('a cluster has a name in one namespace: leave out either the name or --all-namespaces');
  const client = connect(flags, systemClock);
  const paint = terminal === undefined ? teller(out) : drawer(out, terminal);
  let isThere = false;
  try {
    const { signal } = new AbortController();
    const source = { client, name, allNamespaces, signal, troubled: tellTrouble(stderr) };
    for await (const clusters of followClusters(source)) {
      if (name !== undefined && clusters.length === 0) {
        if (isThere) break;
        throw new Error(`there is no cluster "${name}"`);
      }
      isThere = true;
      const views = clusters.map((cluster) => clusterView({ cluster }, systemClock.now()));
      paint(allNamespaces ? views.map((view) => ({ ...view, name: `${view.namespace}/${view.name}` })) : views);
    }
    return { text: `${plainLine(name ?? '')}: gone\n` };
  } finally {
    client.close();
  }
}

type Paint = (views: readonly ClusterView[]) => void;

/** A line for each cluster that looks different now. */
function teller(out: Output): Paint {
  let told = new Map<string, string>();
  return (views) => {
    const lines = new Map(views.map((view) => [view.name, progressLine(view)]));
    for (const [name, line] of lines) if (told.get(name) !== line) out.write(`${line}\n`);
    for (const name of told.keys()) if (!lines.has(name)) out.write(`${name}: gone\n`);
    told = lines;
  };
}

/** Draws over the last picture, which is kept within the window: nothing above it can be drawn over. */
function drawer(out: Output, { size, hasColours }: Terminal): Paint {
  let height = 0;
  return (views) => {
    const { columns, rows } = size();
    const all =
      views.length === 0 ? ['There are no clusters.'] : views.flatMap((view) => barsOf(view, columns, hasColours));
    const room = Math.max(1, rows - 1);
    const lines = all.length > room ? [...all.slice(0, room - 1), `and ${all.length - room + 1} more lines`] : all;
    const back = height === 0 ? '' : `\u001b[${height}A\r\u001b[J`;
    out.write(`${back}${lines.join('\n')}\n`);
    height = lines.length;
  };
}
