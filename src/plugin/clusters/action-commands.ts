/** The commands of `kubectl kd` that change clusters, and the one that says what a change would come to. */
import type { Command } from 'commander';
import type * as Actions from './actions.ts';
import type { ActionFlags, PlanFlags } from './actions.ts';
import { printing, show, wholeNumber, type ClusterCommandsContext, type Printed } from './frame.ts';

/** scale, restart, suspend, resume, upgrade and plan. */
export function actionCommands(context: ClusterCommandsContext): readonly Command[] {
  const act = (work: (actions: typeof Actions) => Promise<Printed>) =>
    show(context, async () => work(await import('./actions.ts')));
  const scale = changing('scale', 'set how many members a role has')
    .argument('<cluster>')
    .argument('<role>')
    .argument('<members>', 'how many', wholeNumber)
    .action((name: string, role: string, members: number, flags: ActionFlags) =>
      act(({ scale: run }) => run(name, role, members, flags)),
    );
  const restart = changing('restart', 'restart all members, or some, as the update strategy says')
    .argument('<cluster>')
    .option('--role <role...>', 'those of these roles')
    .option('--member <pod...>', 'these members')
    .action((name: string, flags: ActionFlags & { role?: string[]; member?: string[] }) =>
      act(({ restart: run }) => run(name, flags)),
    );
  const suspend = changing('suspend', 'stop all members; volumes, Services and names stay')
    .argument('<cluster>')
    .action((name: string, flags: ActionFlags) => act(({ setSuspended }) => setSuspended(name, 'suspend', flags)));
  const resume = changing('resume', 'start the members of a suspended cluster')
    .argument('<cluster>')
    .action((name: string, flags: ActionFlags) => act(({ setSuspended }) => setSuspended(name, 'resume', flags)));
  const upgrade = changing('upgrade', 'give a cluster another app')
    .argument('<cluster>')
    .requiredOption('--app <name>', 'the KubeDirectorApp')
    .action((name: string, flags: ActionFlags & { app: string }) => act(({ upgrade: run }) => run(name, flags)));
  const plan = printing('plan', 'say what a change would do; nothing is written; exit status 1 if it would be refused')
    .argument('<cluster>')
    .option('-f, --filename <file>', 'the cluster as it would be, as YAML or JSON')
    .option('--app <name>', 'with this app')
    .option('--scale <role=members...>', 'with so many members')
    .action((name: string, flags: PlanFlags) => act(({ plan: run }) => run(name, flags)));
  return [scale, restart, suspend, resume, upgrade, plan];
}

function changing(name: string, description: string): Command {
  return printing(name, description, 'name').option(
    '--dry-run',
    'ask the server what it would do, and change nothing',
    false,
  );
}
