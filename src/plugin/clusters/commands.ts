/** The commands of `kubectl kd` about clusters. What is only needed to ask a server is loaded when it is asked. */
import type { Command } from 'commander';
import { actionCommands } from './action-commands.ts';
import type { ConnectionFlags } from './api-client.ts';
import { liveCommands } from './live-commands.ts';
import { printing, show, type ClusterCommandsContext } from './frame.ts';
import type { OutputFlags } from './output.ts';
import type { GetFlags } from './read-commands.ts';

type Flags = ConnectionFlags & OutputFlags;

/** All of them. */
export function clusterCommands(context: ClusterCommandsContext): readonly Command[] {
  const get = printing('get', 'list clusters: state, members, age, last words', 'wide', 'name')
    .argument('[cluster...]', 'all of the namespace without it')
    .option('-A, --all-namespaces', 'of all namespaces', false)
    .option('-l, --selector <labels>', 'those with these labels')
    .action((names: readonly string[], flags: GetFlags) =>
      show(context, async () => (await import('./read-commands.ts')).get(names, flags)),
    );
  const tree = printing('tree', 'show the roles, members and services of a cluster')
    .argument('<cluster>')
    .action((name: string, flags: Flags) =>
      show(context, async () => (await import('./read-commands.ts')).tree(name, flags)),
    );
  const doctor = printing('doctor', 'say what is wrong with a cluster, and what to do; exit status 1 for an error')
    .argument('<cluster>')
    .action((name: string, flags: Flags) =>
      show(context, async () => (await import('./read-commands.ts')).doctor(name, flags)),
    );
  return [get, tree, doctor, ...actionCommands(context), ...liveCommands(context)];
}
