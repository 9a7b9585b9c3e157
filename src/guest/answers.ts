/**
 * What steps print, as values: `key=value` lines, written by the scripts (and by the playground, through the functions
 * here) and read by the controller. Texts of any length and content travel in base64.
 */
import { packageFolder } from '../apis/kubedirector/guest-paths.ts';
import { formatConfigureStatus, parseConfigureStatus, type ConfigureStatus } from './files.ts';

/** `key=value` lines; a line without `=` is skipped, the last of two with the same key counts. */
export function parseLines(stdout: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) lines.set(line.slice(0, at), line.slice(at + 1));
  }
  return lines;
}

const formatLines = (lines: readonly (readonly [key: string, value: string])[]): string =>
  lines.map(([key, value]) => `${key}=${value}\n`).join('');

/** The text behind a base64 tail; bytes that are no UTF-8 become U+FFFD. */
export function decodeTail(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** The last bytes of a text in base64, as `tail -c BYTES | base64 -w 0` prints them. */
function encodeTail(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  return buffer.subarray(Math.max(0, buffer.length - bytes)).toString('base64');
}

/** Bytes of the reason that the state of a failed set-up tells. */
export const errorTailBytes = 2000;
/** Bytes of standard error that the answer about a failed notification tells. */
export const notifyTailBytes = 300;

/** Bytes of standard error that the answer about a failed health check tells. */
export const healthTailBytes = 500;

/** A member that is told of others has no setup package. */
export const noStartscript = `no startscript in ${packageFolder}`;
/** What to look at where a file can't be injected. */
export const injectionHint = 'is srcURL of the fileInjections right, and can it be reached from the pod?';
/** What to look at where the setup package can't be fetched. */
export const packageHint = "is packageURL of the app's configPackage right, and can it be reached from the pod?";

/** Which contents of configmeta.json: the membership it tells of, the connected objects in it, and the app. */
export interface DataVersion {
  readonly generation: number;
  readonly connectionHash: string;
  /** Generation of the app; absent where it is not known. */
  readonly app?: number | undefined;
}

/** One word that a set-up is given, and gives back in its state. */
export function formatData({ generation, connectionHash, app }: DataVersion): string {
  return `${generation}${app === undefined ? '' : `.${app}`}:${connectionHash}`;
}

/** Reads what `formatData` writes. What is not known counts as older than everything. */
function parseData(text: string): DataVersion {
  const [, generation = '0', app, connectionHash = ''] = /^(\d+)(?:\.(\d+))?:(.*)$/.exec(text) ?? [];
  return { generation: Number(generation), connectionHash, ...(app === undefined ? {} : { app: Number(app) }) };
}

/**
 * The stages of a set-up in their order; '' before it begins. `ready` is an end (nothing to run: the role leaves
 * configure out, or an earlier container ran it on the same volume), as is `failed`.
 */
export type SetupStage = '' | 'files' | 'systemd' | 'tools' | 'package' | 'configure' | 'ready' | 'failed';

/** A run of the startscript in the place of `--configure`. */
export interface MovedRun {
  /** As `podMovedOption` makes it. */
  readonly option: string;
  /** Absent while it lasts. */
  readonly exitCode?: number;
}

function parseMovedRun(text: string | undefined): MovedRun | undefined {
  const [, option, code] = /^(--\w+)=(\d*)$/.exec(text ?? '') ?? [];
  if (option === undefined) return undefined;
  return { option, ...(code === undefined || code === '' ? {} : { exitCode: Number(code) }) };
}

/** The answer of kd-setup and kd-setup-status. */
interface SetupState {
  /** Whether the background process of the set-up runs. */
  readonly alive: boolean;
  /** A `SetupStage`, but for what another version of the scripts may print. */
  readonly stage: string;
  /** For how long it has been in that stage. */
  readonly seconds: number;
  readonly configure: ConfigureStatus | undefined;
  readonly hasConfigcli: boolean;
  /** The run that was about an upgrade; absent where this container had none. */
  readonly moved?: MovedRun | undefined;
  /** Of the configmeta.json that the set-up wrote, which may have been begun with an earlier plan. */
  readonly data: DataVersion;
  /** Why it failed; '' where it has not. */
  readonly error: string;
  /** Ends of the startscript's output, where it failed. */
  readonly stdout: string;
  readonly stderr: string;
}

/** The lines of a state. `data` is the word that the set-up was given. @param tailBytes of the output, each */
export function formatSetupState(
  state: Omit<SetupState, 'data' | 'stage'> & { readonly data: string; readonly stage: SetupStage },
  tailBytes: number,
): string {
  return formatLines([
    ['stdout', encodeTail(state.stdout, tailBytes)],
    ['stderr', encodeTail(state.stderr, tailBytes)],
    ['error', encodeTail(state.error, errorTailBytes)],
    ['alive', state.alive ? 'yes' : 'no'],
    ['stage', state.stage],
    ['seconds', String(state.seconds)],
    ['configure', formatConfigureStatus(state.configure)],
    ['configcli', state.hasConfigcli ? 'present' : 'absent'],
    ['data', state.data],
    ...(state.moved === undefined ? [] : [['moved', `${state.moved.option}=${state.moved.exitCode ?? ''}`] as const]),
  ]);
}

/** Reads what `formatSetupState` and the scripts write. Absent lines stand for "not begun". */
export function parseSetupState(stdout: string): SetupState {
  const lines = parseLines(stdout);
  return {
    alive: lines.get('alive') === 'yes',
    stage: lines.get('stage') ?? '',
    seconds: Number(lines.get('seconds') ?? 0),
    configure: parseConfigureStatus(lines.get('configure') ?? ''),
    hasConfigcli: lines.get('configcli') === 'present',
    moved: parseMovedRun(lines.get('moved')),
    data: parseData(lines.get('data') ?? ''),
    error: decodeTail(lines.get('error')).trim(),
    stdout: decodeTail(lines.get('stdout')),
    stderr: decodeTail(lines.get('stderr')),
  };
}

/** The answer of kd-notify: this delivery runs, another one does, or this one has ended. */
type NotifyAnswer = 'running' | 'busy' | { readonly exitCode: number; readonly stderr: string };

/** The lines of an answer; standard error only of a run that failed. */
export function formatNotifyAnswer(answer: NotifyAnswer): string {
  if (typeof answer === 'string') return formatLines([['notify', answer]]);
  const stderr = [['stderr', encodeTail(answer.stderr, notifyTailBytes)] as const];
  return formatLines([['notify', String(answer.exitCode)], ...(answer.exitCode === 0 ? [] : stderr)]);
}

/** Reads what `formatNotifyAnswer` and the script write. What can't be understood counts as running. */
export function parseNotifyAnswer(stdout: string): NotifyAnswer {
  const lines = parseLines(stdout);
  const state = lines.get('notify') ?? '';
  if (/^\d+$/.test(state)) return { exitCode: Number(state), stderr: decodeTail(lines.get('stderr')) };
  return state === 'busy' ? 'busy' : 'running';
}

/** How a health check has ended. */
interface HealthAnswer {
  readonly exitCode: number;
  /** Its end; '' where it has succeeded. */
  readonly stderr: string;
}

/** The lines of an answer; standard error only of a check that failed. */
export function formatHealthAnswer({ exitCode, stderr }: HealthAnswer): string {
  const tail = exitCode === 0 ? [] : [['stderr', encodeTail(stderr, healthTailBytes)] as const];
  return formatLines([['health', String(exitCode)], ...tail]);
}

/** Reads what `formatHealthAnswer` and the script write. What can't be understood is a failure. */
export function parseHealthAnswer(stdout: string): HealthAnswer {
  const lines = parseLines(stdout);
  const code = lines.get('health') ?? '';
  return { exitCode: /^\d+$/.test(code) ? Number(code) : 1, stderr: decodeTail(lines.get('stderr')) };
}
