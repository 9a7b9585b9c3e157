/**
 * Setting a member up, step by step (domain: "Setting a member up"). Begun again, by a new controller or after trouble
 * on the way, it finds out from the container how far it had come.
 */
import { demand, StepFailed } from './demand.ts';
import { createPauses } from './pauses.ts';
import type { Advance, Progress, RunStep } from './runner.ts';
import { decodeTail, guestSteps, parseConfigureStatus, parseLines } from './steps.ts';
import type { TaskContext } from './task-context.ts';
import type { SetupPlan } from './task.ts';

interface Setup {
  readonly plan: SetupPlan;
  readonly context: TaskContext;
  readonly pause: () => number;
  injected: boolean;
  prepared: boolean;
  configcliMissing: boolean;
}

export function createSetup(plan: SetupPlan, context: TaskContext): Advance {
  const pause = createPauses(context.timings);
  const setup: Setup = { plan, context, pause, injected: false, prepared: false, configcliMissing: false };
  return async (run) => {
    try {
      return (setup.prepared ? undefined : await prepare(setup, run)) ?? (await poll(setup, run));
    } catch (error) {
      if (error instanceof StepFailed) return failed(error.message);
      throw error;
    }
  };
}

const failed = (detail: string, stdout = '', stderr = ''): Progress => ({
  done: { ok: false, detail, stdout, stderr },
});

const finished = ({ plan, configcliMissing }: Setup, configured: boolean): Progress => ({
  done: { ok: true, data: plan.data, configured, ...(configcliMissing ? { configcliMissing } : {}) },
});

/** Everything up to the start of the configure run; undefined when that runs (or has run) and is to be asked about. */
async function prepare(setup: Setup, run: RunStep): Promise<Progress | undefined> {
  const { plan, context } = setup;
  const probe = parseLines((await demand(run, guestSteps.probe(), 'looking into the container')).stdout);
  const earlier = parseConfigureStatus(probe.get('configure') ?? '');
  setup.prepared = earlier?.containerID === plan.containerID;
  if (setup.prepared) return undefined;
  for (const file of setup.injected ? [] : plan.injections) {
    await demand(run, guestSteps.injectFile(file), `injecting ${file.srcURL} into ${file.destDir}`);
  }
  setup.injected = true;
  if (plan.systemd && (await run(guestSteps.systemd())).exitCode !== 0) {
    return { againAfterMs: setup.pause(), message: 'waiting for systemd' };
  }
  await demand(run, guestSteps.writeConfigmeta(plan.layout, context.document), 'writing configmeta.json');
  await provideConfigcli(setup, run, probe.get('configcli') === 'present');
  if (probe.get('startscript') !== 'present') {
    await demand(run, guestSteps.fetchPackage(plan.packageURL), `fetching ${plan.packageURL}`);
  }
  if (!plan.configure || earlier?.exitCode === 0) return finished(setup, false);
  await demand(run, guestSteps.startConfigure(plan.containerID), 'starting startscript --configure');
  setup.prepared = true;
  return undefined;
}

/** Links are made anew even where the tool is there: /usr/bin is not persisted. */
async function provideConfigcli(setup: Setup, run: RunStep, isPresent: boolean): Promise<void> {
  const { layout } = setup.plan;
  const { guestTools } = setup.context;
  setup.configcliMissing = !isPresent && guestTools === undefined;
  const step =
    isPresent || guestTools === undefined
      ? guestSteps.linkConfigcli(layout)
      : guestSteps.installConfigcli(layout, guestTools);
  await demand(run, step, 'installing configcli');
}

async function poll(setup: Setup, run: RunStep): Promise<Progress> {
  const { containerID, tailBytes } = setup.plan;
  const result = await demand(run, guestSteps.configureStatus(tailBytes), 'asking after startscript --configure');
  const lines = parseLines(result.stdout);
  const status = parseConfigureStatus(lines.get('configure') ?? '');
  const output = [decodeTail(lines.get('stdout')), decodeTail(lines.get('stderr'))] as const;
  if (status?.containerID !== containerID) return failed('the record of startscript --configure is gone', ...output);
  if (status.exitCode === 0) return finished(setup, true);
  if (status.exitCode !== undefined) {
    return failed(`startscript --configure failed with exit status ${status.exitCode}`, ...output);
  }
  if (lines.get('alive') === 'no') return failed('startscript --configure was killed', ...output);
  return { againAfterMs: setup.pause() };
}
