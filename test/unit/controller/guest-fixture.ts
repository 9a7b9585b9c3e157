/** A runner of guest tasks with containers that a test answers for. */
import { afterEach, beforeEach } from 'vitest';
import { type ExecResult, type ExecTarget, type PodExec } from '../../../src/clients/contract.ts';
import { createGuestRunner, type GuestRunner } from '../../../src/controller/guest/runner.ts';
import { taskID, type GuestTaskPlan, type SetupPlan } from '../../../src/controller/plan/guest-task.ts';
import { createAdvance, defaultTimings } from '../../../src/controller/guest/tasks.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createTestClock, type TestClock } from '../../controller/support/world.ts';

export const containerID = 'containerd://one';
export const target: ExecTarget = { namespace: 'ns', name: 'pod-0', container: 'app', containerID };
export const key = 'ns/pod-0';

export const setup = (change: Partial<SetupPlan> = {}): SetupPlan => ({
  ...{ type: 'setup', containerID, layout: 'new', injections: [], systemd: false },
  ...{ packageURL: 'http://x/p.tgz', configure: true, tailBytes: 256, data: { generation: 3, connectionHash: 'h' } },
  ...{ version: 'v1', upgrade: undefined },
  ...change,
});

export type Answer = Partial<ExecResult> | Error;

/** What kd-setup and kd-setup-status print. */
export const state = (lines: Record<string, string>): string =>
  Object.entries({
    alive: 'yes',
    stage: 'tools',
    seconds: '0',
    configure: '',
    configcli: 'present',
    data: '3:h',
    ...lines,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
export const finished = state({ alive: 'no', stage: 'configure', configure: `${containerID}=0` });

/** Answers by step; a list is used up one by one, its last answer stays. */
export function createExec(answers: Record<string, Answer | Answer[]>): PodExec & { steps: string[] } {
  const steps: string[] = [];
  const defaults: Record<string, Answer> = {
    'kd-setup': { stdout: state({}) },
    'kd-setup-status': { stdout: finished },
  };
  return {
    steps,
    exec(_target: ExecTarget, command: readonly string[]) {
      const step = command[4] ?? '';
      steps.push(step);
      const given = answers[step] ?? defaults[step] ?? {};
      const answer = Array.isArray(given) ? (given.length > 1 ? given.shift() : given[0]) : given;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answer });
    },
  };
}

export let clock: TestClock;
export let runner: GuestRunner;
export let reports: number;
/** How often a container refused the term. */
export let superseded: number;
let onReport: () => void;

export function setOnReport(next: () => void): void {
  onReport = next;
}

export function start(exec: PodExec, workers = 2): void {
  clock = createTestClock();
  reports = 0;
  superseded = 0;
  onReport = () => undefined;
  runner = createGuestRunner({
    ...{ exec, clock, workers, name: 'guest', random: () => 0.5, logger: silentLogger, metrics: createMetrics() },
    ...{ term: '1@data', onSuperseded: () => (superseded += 1) },
    onReport: () => {
      reports += 1;
      onReport();
    },
  });
  runner.start(new AbortController().signal);
}

export function begin(task: GuestTaskPlan, guestTools?: Uint8Array, pod = key): void {
  const advance = createAdvance(task, { clock, timings: defaultTimings, document: '{}', guestTools });
  runner.begin(pod, { taskID: taskID(task), cluster: 'ns/cluster', target, advance });
}

export async function settle(withinMs = 600_000): Promise<void> {
  const end = clock.monotonic() + withinMs;
  for (let idle = 0; idle < 10; idle++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.next(end - clock.monotonic())) idle = 0;
  }
}

export const result = () => runner.report(key)?.result;

/** Gives each test of the file that calls this a runner of its own. */
export function eachWithRunner(): void {
  beforeEach(() => start(createExec({})));
  afterEach(async () => {
    await runner.stop();
  });
}
