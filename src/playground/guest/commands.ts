/**
 * What the guest steps do in a simulated container. Pure functions: they take the files and return the new files and
 * the output. The steps, their arguments and their outputs are those of src/guest/steps.ts.
 */
import {
  formatHealthAnswer,
  formatNotifyAnswer,
  formatSetupState,
  injectionHint,
  noStartscript,
  packageHint,
  type MovedRun,
  type SetupStage,
} from '../../guest/answers.ts';
import { formatLogAnswer, parseLogArguments } from '../../guest/log.ts';
import {
  parseNotify,
  parseSetup,
  parseSetupStatus,
  type FileInjectionStep,
  type NotifyArguments,
  type SetupArguments,
  type StepName,
} from '../../guest/steps.ts';
import { configureOption, podMovedOption } from '../../guest/startscript.ts';
import { isSuperseded, supersededExit, supersededText } from '../../guest/term.ts';
import { downloadProblem } from '../missing.ts';
import { omit } from '../omit.ts';
import type { ExecResult } from '../../clients/contract.ts';
import { configureStatus, isAlive, outputOf, type GuestFiles, type Moment, type Run } from './files.ts';

/** What a step needs to know about its container: the member, the time, and how its runs shall go. */
export interface Surroundings extends Moment {
  readonly pod: string;
  readonly role: string;
  /** Milliseconds that a run of `startscript --configure` takes. */
  readonly configureMs: number;
  /** Milliseconds that the run of a notification takes. */
  readonly notifyMs: number;
  readonly failConfigure: boolean;
  readonly failNotify: boolean;
  readonly failHealth: boolean;
}

interface Outcome extends ExecResult {
  /** The new files. Absent if they did not change. */
  readonly files?: GuestFiles;
  /** Whether the files must be stored before the command is answered. */
  readonly durable?: boolean;
}

const printed = (stdout: string): Outcome => ({ exitCode: 0, stdout, stderr: '' });
const failed = (exitCode: number, stderr: string): Outcome => ({ exitCode, stdout: '', stderr: `${stderr}\n` });

function runOf(around: Surroundings, what: { title: string; ms: number; fails: boolean }): Run {
  const { pod, role, containerID, now } = around;
  const outcome = what.fails ? [] : [`${what.title}: done`];
  return {
    containerID,
    endsAt: now + what.ms,
    exitCode: what.fails ? 1 : 0,
    stdout: [`${what.title}: member ${pod}, role ${role} (simulated)`, ...outcome].map((line) => `${line}\n`).join(''),
    stderr: what.fails ? `${what.title}: failed, as the simulate annotation asks for role ${role}\n` : '',
  };
}

/** Downloads take no time here: packages and injected files are present at once. */
function setUp(files: GuestFiles, around: Surroundings, step: SetupArguments): Outcome {
  const { containerID, data, packageURL, injections } = step;
  const shown = (now: GuestFiles): Outcome => showSetup(now, around, step.tailBytes);
  if (files.configure?.containerID === containerID || files.readyIn === containerID) return shown(files);
  const { next: kept, option } = exchanged(files, around, step);
  const text = setUpProblem(packageURL, injections);
  if (text !== undefined) {
    const next = { ...omit(kept, 'problem'), data, startscript: files.startscript, problem: { containerID, text } };
    return { ...shown(next), files: next, durable: true };
  }
  const given = { ...omit(kept, 'problem'), configcli: files.configcli || step.toolsBytes > 0, data };
  const isLeftOut = option === configureOption && step.configureLimit === undefined;
  const isDone = isLeftOut || configureStatus(kept.configure, around)?.exitCode === 0;
  const title = option.replace(/^--/, '');
  const run = runOf(around, { title, ms: around.configureMs, fails: around.failConfigure });
  const next = isDone ? { ...given, readyIn: containerID } : { ...given, configure: movedRun(run, option, step) };
  return { ...shown(next), files: next, durable: true };
}

/** The files with the package of the step, and what its startscript is to be called with. */
function exchanged(
  files: GuestFiles,
  around: Surroundings,
  { anew, upgrade, version }: SetupArguments,
): { readonly next: GuestFiles; readonly option: string } {
  const fetched = (before: GuestFiles): GuestFiles => ({
    ...omit(before, 'configure', 'readyIn', 'notify'),
    ...{ startscript: true, version },
  });
  if (!files.startscript || anew === true) return { next: fetched(files), option: configureOption };
  const before = files.configure?.option ?? configureOption;
  const isOther = files.version !== version;
  const hasBackup = upgrade !== undefined && files.backup?.id === upgrade.id;
  if (upgrade?.direction === 'upgraded' && isOther) {
    const isSetUp = files.readyIn !== undefined || configureStatus(files.configure, around)?.exitCode === 0;
    if (!hasBackup && !isSetUp) return { next: fetched(files), option: configureOption };
    return { next: { ...fetched(files), backup: { id: upgrade.id } }, option: podMovedOption('upgraded') };
  }
  if (upgrade?.direction === 'reverted' && hasBackup) {
    return { next: fetched(omit(files, 'backup')), option: podMovedOption('reverted') };
  }
  if (upgrade?.direction === 'reverted' && isOther && files.version !== undefined) {
    return { next: fetched(files), option: configureOption };
  }
  return { next: files, option: before };
}

function movedRun(run: Run, option: string, { upgrade }: SetupArguments): Run {
  if (option === configureOption) return run;
  if (run.exitCode === 0 || upgrade?.mustSucceed === true) return { ...run, option };
  return { ...run, option, exitCode: 0, passedOver: run.exitCode };
}

function setUpProblem(packageURL: string, injections: readonly FileInjectionStep[]): string | undefined {
  for (const { srcURL, destDir } of injections) {
    const problem = downloadProblem(srcURL);
    if (problem !== undefined) return `injecting ${srcURL} into ${destDir} failed: ${problem} (${injectionHint})`;
  }
  const problem = downloadProblem(packageURL);
  return problem === undefined ? undefined : `fetching the package ${packageURL} failed: ${problem} (${packageHint})`;
}

function showSetup(files: GuestFiles, around: Surroundings, bytes: number): Outcome {
  const { stdout, stderr } = outputOf(files.configure, around);
  const isOwn = files.configure?.containerID === around.containerID;
  const problem = files.problem?.containerID === around.containerID ? files.problem.text : undefined;
  const stage: SetupStage =
    problem !== undefined ? 'failed' : files.readyIn === around.containerID ? 'ready' : isOwn ? 'configure' : '';
  const state = {
    alive: isAlive(files.configure, around),
    stage,
    seconds: 0,
    configure: configureStatus(files.configure, around),
    hasConfigcli: files.configcli,
    data: files.data ?? '',
    moved: isOwn ? movedOf(files.configure, around) : undefined,
    error: problem ?? '',
    stdout,
    stderr,
  };
  return printed(formatSetupState(state, bytes));
}

function movedOf(run: Run | undefined, around: Surroundings): MovedRun | undefined {
  if (run?.option === undefined) return undefined;
  const { option, exitCode, passedOver = exitCode } = run;
  return isAlive(run, around) ? { option } : { option, exitCode: passedOver };
}

function notify(files: GuestFiles, around: Surroundings, step: NotifyArguments): Outcome {
  const { containerID, id, limitSeconds, startscript } = step;
  const known = files.notify?.containerID === containerID ? files.notify : undefined;
  if (known && isAlive(known, around)) return printed(formatNotifyAnswer(known.id === id ? 'running' : 'busy'));
  if (known?.id === id) return printed(formatNotifyAnswer(known));
  if (!files.startscript) return failed(4, noStartscript);
  const title = startscript[0]?.replace(/^--/, '') ?? 'notify';
  const ms = Math.min(around.notifyMs, limitSeconds * 1000);
  const run = runOf(around, { title, ms, fails: around.failNotify });
  return { ...printed(formatNotifyAnswer('running')), files: { ...files, notify: { ...run, id } } };
}

function checkHealth({ startscript }: GuestFiles, { failHealth, pod }: Surroundings): Outcome {
  if (!startscript) return failed(4, noStartscript);
  const stderr = failHealth ? `member ${pod} is ill, as the simulate annotation asks for\n` : '';
  return printed(formatHealthAnswer({ exitCode: failHealth ? 1 : 0, stderr }));
}

/** Runs one step. Any other command ends with exit status 127, as a shell answers an unknown command. */
export function runStep(
  step: StepName | undefined,
  { term, args }: { readonly term: string; readonly args: readonly string[] },
  files: GuestFiles,
  around: Surroundings,
): Outcome {
  if (step === undefined || readOnly.has(step)) return stepOutcome(step, args, files, around);
  const { term: known = '' } = files;
  if (isSuperseded(term, known)) return failed(supersededExit, supersededText);
  const outcome = stepOutcome(step, args, { ...files, term }, around);
  return known === term ? outcome : { ...outcome, files: outcome.files ?? { ...files, term } };
}

const readOnly: ReadonlySet<StepName> = new Set(['kd-setup-status', 'kd-health', 'kd-init-progress', 'kd-log']);

function stepOutcome(
  step: StepName | undefined,
  args: readonly string[],
  files: GuestFiles,
  around: Surroundings,
): Outcome {
  switch (step) {
    case 'kd-setup':
      return setUp(files, around, parseSetup(args));
    case 'kd-setup-status':
      return showSetup(files, around, parseSetupStatus(args).tailBytes);
    case 'kd-write-configmeta':
      return printed('');
    case 'kd-notify':
      return notify(files, around, parseNotify(args));
    case 'kd-health':
      return checkHealth(files, around);
    case 'kd-init-progress':
      return initProgress(around);
    case 'kd-log':
      return showLog(files, around, args);
    case undefined:
      return failed(127, 'the playground simulates containers: only the steps of a member set-up run in them');
  }
}

function showLog({ configure, notify: notified }: GuestFiles, around: Surroundings, args: readonly string[]): Outcome {
  const [ofSetup, ofNotification] = [outputOf(configure, around), outputOf(notified, around)];
  const contents = {
    'configure.stdout': ofSetup.stdout,
    'configure.stderr': ofSetup.stderr,
    'notify.stdout': ofNotification.stdout,
    'notify.stderr': ofNotification.stderr,
  };
  return printed(formatLogAnswer(contents, parseLogArguments(args)));
}

/** The progress line that rsync prints: bytes, percentage, speed, time left. */
function initProgress({ startedAt, now }: Surroundings): Outcome {
  const done = Math.max(0, Math.min(1, (now - startedAt) / 1500));
  const bytes = Math.round(done * 734_003_200).toLocaleString('en-US');
  const percent = String(Math.floor(done * 100)).padStart(3);
  return printed(`${bytes.padStart(15)} ${percent}%  350.00MB/s    0:00:0${done < 1 ? 1 : 0}\n`);
}
