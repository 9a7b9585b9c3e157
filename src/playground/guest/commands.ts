/**
 * What the guest steps do in a simulated container. Pure: files in, files and output out. The steps, their arguments
 * and outputs are those of the controller's guest protocol: the step's name is $0 of the script.
 */
import { downloadProblem } from '../missing.ts';
import { omit } from '../omit.ts';
import type { ExecResult } from '../../clients/contract.ts';
import { configureStatus, isAlive, outputOf, type GuestFiles, type Moment, type Run } from './files.ts';

export interface Surroundings extends Moment {
  readonly pod: string;
  readonly role: string;
  readonly configureMs: number;
  readonly notifyMs: number;
  readonly failConfigure: boolean;
  readonly failNotify: boolean;
}

interface Outcome extends ExecResult {
  /** Absent: unchanged. */
  readonly files?: GuestFiles;
  /** These must be durable before the command's answer goes out. */
  readonly durable?: boolean;
}

const printed = (...lines: readonly string[]): Outcome => ({
  exitCode: 0,
  stdout: lines.map((line) => `${line}\n`).join(''),
  stderr: '',
});
const failed = (exitCode: number, stderr: string): Outcome => ({ exitCode, stdout: '', stderr: `${stderr}\n` });
const noStartscript = failed(4, 'no startscript in /opt/guestconfig');
const presence = (there: boolean): string => (there ? 'present' : 'absent');

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

/** What is fetched or injected is there at once. */
function setUp(files: GuestFiles, around: Surroundings, args: readonly string[]): Outcome {
  const [containerID = around.containerID, tailBytes = '0', data = '', , , toolsBytes = '0', , configure = 'yes'] =
    args;
  const [packageUrl = '', ...injections] = args.slice(8);
  const shown = (now: GuestFiles): Outcome => showSetup(now, around, Number(tailBytes));
  if (files.configure?.containerID === containerID || files.readyIn === containerID) return shown(files);
  const kept = files.startscript ? files : { ...omit(files, 'configure', 'notify'), startscript: true };
  const text = setUpProblem(packageUrl, injections);
  if (text !== undefined) {
    const next = { ...omit(kept, 'problem'), data, startscript: files.startscript, problem: { containerID, text } };
    return { ...shown(next), files: next, durable: true };
  }
  const given = { ...omit(kept, 'problem'), configcli: files.configcli || toolsBytes !== '0', data };
  const isDone = configure === 'no' || configureStatus(kept.configure, around).endsWith('=0');
  const run = { title: 'configure', ms: around.configureMs, fails: around.failConfigure };
  const next = isDone ? { ...given, readyIn: containerID } : { ...given, configure: runOf(around, run) };
  return { ...shown(next), files: next, durable: true };
}

/** @param injections five arguments each, of which the first is the URL and the second the folder */
function setUpProblem(packageUrl: string, injections: readonly string[]): string | undefined {
  for (let at = 0; at < injections.length; at += 5) {
    const [url = '', folder = ''] = injections.slice(at);
    const problem = downloadProblem(url);
    const hint = 'is srcURL of the fileInjections right, and can it be reached from the pod?';
    if (problem !== undefined) return `injecting ${url} into ${folder} failed: ${problem} (${hint})`;
  }
  const problem = downloadProblem(packageUrl);
  const hint = "is packageURL of the app's configPackage right, and can it be reached from the pod?";
  return problem === undefined ? undefined : `fetching the package ${packageUrl} failed: ${problem} (${hint})`;
}

function tail(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  return buffer.subarray(Math.max(0, buffer.length - bytes)).toString('base64');
}

function showSetup(files: GuestFiles, around: Surroundings, bytes: number): Outcome {
  const { stdout, stderr } = outputOf(files.configure, around);
  const isOwn = files.configure?.containerID === around.containerID;
  const problem = files.problem?.containerID === around.containerID ? files.problem.text : undefined;
  const stage =
    problem !== undefined ? 'failed' : files.readyIn === around.containerID ? 'ready' : isOwn ? 'configure' : '';
  return printed(
    `alive=${isAlive(files.configure, around) ? 'yes' : 'no'}`,
    `stage=${stage}`,
    'seconds=0',
    `configure=${configureStatus(files.configure, around)}`,
    `configcli=${presence(files.configcli)}`,
    `error=${tail(problem ?? '', 8192)}`,
    `data=${files.data ?? ''}`,
    `stdout=${tail(stdout, bytes)}`,
    `stderr=${tail(stderr, bytes)}`,
  );
}

function notify(
  files: GuestFiles,
  around: Surroundings,
  [containerID, id = '', limit]: readonly string[],
  script: readonly string[],
): Outcome {
  const known = files.notify?.containerID === containerID ? files.notify : undefined;
  if (known && isAlive(known, around)) return printed(known.id === id ? 'notify=running' : 'notify=busy');
  if (known?.id === id) {
    const words = known.exitCode === 0 ? [] : [`stderr=${tail(known.stderr, 300)}`];
    return printed(`notify=${known.exitCode}`, ...words);
  }
  if (!files.startscript) return noStartscript;
  const title = script[0]?.replace(/^--/, '') ?? 'notify';
  const ms = Math.min(around.notifyMs, Number(limit) * 1000);
  const run = runOf(around, { title, ms, fails: around.failNotify });
  return { ...printed('notify=running'), files: { ...files, notify: { ...run, id } } };
}

/** Runs one step. A script that is none is answered as a shell without that command would. */
export function runStep(step: string, args: readonly string[], files: GuestFiles, around: Surroundings): Outcome {
  switch (step) {
    case 'kd-setup':
      return setUp(files, around, args);
    case 'kd-setup-status':
      return showSetup(files, around, Number(args[1] ?? 0));
    case 'kd-write-configmeta':
      return printed();
    case 'kd-notify':
      return notify(files, around, args, args.slice(3));
    case 'kd-init-progress':
      return initProgress(around);
    default:
      return failed(127, 'the playground simulates containers: only the steps of a member set-up run in them');
  }
}

/** As rsync prints it: bytes, share, speed, time left. */
function initProgress({ startedAt, now }: Surroundings): Outcome {
  const done = Math.max(0, Math.min(1, (now - startedAt) / 1500));
  const bytes = Math.round(done * 734_003_200).toLocaleString('en-US');
  return printed(
    `${bytes.padStart(15)} ${String(Math.floor(done * 100)).padStart(3)}%  350.00MB/s    0:00:0${done < 1 ? 1 : 0}`,
  );
}
