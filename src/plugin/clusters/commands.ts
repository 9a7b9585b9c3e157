/** The commands of `kubectl kd` that show clusters. What is only needed to ask a server is loaded when it is asked. */
import { Command, Option } from 'commander';
import { plainLines } from '../../view/plain-text.ts';
import type { ConnectionFlags } from './api-client.ts';
import type { OutputFlags } from './read-commands.ts';

interface Output {
  write(text: string): unknown;
}

/** Where commands print, and how they say how it went. */
interface ClusterCommandsContext {
  readonly stdout: Output;
  readonly stderr: Output;
  /** 0: done; 1: failed, or `doctor` has found an error. */
  readonly end: (exitCode: number) => void;
}

type Flags = ConnectionFlags & OutputFlags;

/** get, tree and doctor. */
export function clusterCommands({ stdout, stderr, end }: ClusterCommandsContext): readonly Command[] {
  /** Prints what the work gives; its failures are told in one line, without escape sequences of servers. */
  async function show(work: () => Promise<{ readonly text: string; readonly isWell?: boolean }>): Promise<void> {
    try {
      const { text, isWell = true } = await work();
      stdout.write(text);
      end(isWell ? 0 : 1);
    } catch (error) {
      stderr.write(`kubectl kd: ${plainLines(error instanceof Error ? error.message : String(error))}\n`);
      end(1);
    }
  }
  const get = reading('get', 'list clusters: state, members, age, last words')
    .option('-A, --all-namespaces', 'of all namespaces', false)
    .action((flags: Flags & { allNamespaces: boolean }) =>
      show(async () => (await import('./read-commands.ts')).get(flags)),
    );
  const tree = reading('tree', 'show the roles, members and services of a cluster')
    .argument('<cluster>')
    .action((name: string, flags: Flags) => show(async () => (await import('./read-commands.ts')).tree(name, flags)));
  const doctor = reading('doctor', 'say what is wrong with a cluster, and what to do; exit status 1 for an error')
    .argument('<cluster>')
    .action((name: string, flags: Flags) => show(async () => (await import('./read-commands.ts')).doctor(name, flags)));
  return [get, tree, doctor];
}

/** With flags as kubectl has them. */
function reading(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--kubeconfig <file>', 'instead of KUBECONFIG and ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig, instead of its current one')
    .option('-n, --namespace <name>', "instead of the context's")
    .option('--as <user>', 'ask as another user, if you may')
    .addOption(new Option('-o, --output <form>', 'json is for programs').choices(['text', 'json']).default('text'));
}
