/**
 * The files of the guest contract that a simulated container holds. If the pod has a volume claim they are kept in an
 * annotation of the claim, and a new container finds them again. Otherwise they are kept in an annotation of the pod
 * and are valid for one container only. Pure functions: what commands print follows from the files and the time.
 */
import type { ConfigureStatus } from '../../guest/files.ts';
import { omit } from '../omit.ts';

/** The annotation of a claim or pod that holds the files of a container, as JSON. */
export const guestAnnotation = 'playground.kubedirector.hpe.com/guest';

/** One background run of the startscript. Times in milliseconds since the epoch. */
export interface Run {
  readonly containerID: string;
  readonly endsAt: number;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the startscript was called with, where that was not --configure. */
  readonly option?: string;
  /** Its own exit status, where it does not count. */
  readonly passedOver?: number;
}

/** The files of one container, or of the volume that it mounts. */
export interface GuestFiles {
  /** The container that wrote them. Another container finds them only on persistent storage. */
  readonly containerID: string;
  readonly startscript: boolean;
  readonly configcli: boolean;
  /** The last leader that has worked here, see src/guest/term.ts. */
  readonly term?: string;
  /** Identifies the contents of the configmeta.json that the last set-up wrote. */
  readonly data?: string;
  /** The container that became ready without a run of the startscript. */
  readonly readyIn?: string;
  /** Why the set-up failed in this container before the startscript could run. */
  readonly problem?: { readonly containerID: string; readonly text: string };
  readonly configure?: Run;
  /** Which app the package belongs to, as far as known. */
  readonly version?: string;
  /** The package before an upgrade of the app. */
  readonly backup?: { readonly id: string };
  readonly notify?: Run & { readonly id: string };
}

/** The files of a new container. Simulated images contain configcli, like the images of the catalog. */
export const noFiles = (containerID: string): GuestFiles => ({ containerID, startscript: false, configcli: true });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function parseRun(value: unknown): Run | undefined {
  if (!isRecord(value)) return undefined;
  const { containerID, endsAt, exitCode, stdout, stderr, option, passedOver } = value;
  if (typeof containerID !== 'string' || typeof endsAt !== 'number' || typeof exitCode !== 'number') return undefined;
  if (typeof stdout !== 'string' || typeof stderr !== 'string') return undefined;
  return {
    ...{ containerID, endsAt, exitCode, stdout, stderr },
    ...(typeof option === 'string' ? { option } : {}),
    ...(typeof passedOver === 'number' ? { passedOver } : {}),
  };
}

function parseBackup(value: unknown): GuestFiles['backup'] {
  return isRecord(value) && typeof value['id'] === 'string' ? { id: value['id'] } : undefined;
}

function parseProblem(value: unknown): GuestFiles['problem'] {
  if (!isRecord(value)) return undefined;
  const { containerID, text } = value;
  return typeof containerID === 'string' && typeof text === 'string' ? { containerID, text } : undefined;
}

/** Reads the annotation. Undefined if the text is not valid: a user may have written anything there. */
export function parseFiles(text: string | undefined): GuestFiles | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value['containerID'] !== 'string') return undefined;
    const configure = parseRun(value['configure']);
    const problem = parseProblem(value['problem']);
    const backup = parseBackup(value['backup']);
    return {
      containerID: value['containerID'],
      startscript: value['startscript'] === true,
      configcli: value['configcli'] === true,
      ...(typeof value['term'] === 'string' ? { term: value['term'] } : {}),
      ...(typeof value['data'] === 'string' ? { data: value['data'] } : {}),
      ...(typeof value['readyIn'] === 'string' ? { readyIn: value['readyIn'] } : {}),
      ...(configure ? { configure } : {}),
      ...(typeof value['version'] === 'string' ? { version: value['version'] } : {}),
      ...(backup ? { backup } : {}),
      ...(problem ? { problem } : {}),
    };
  } catch {
    return undefined;
  }
}

/** The text of the annotation. Runs of notifications are not stored: the contract allows to start a lost one again. */
export function formatFiles(files: GuestFiles): string {
  return JSON.stringify(omit(files, 'notify'));
}

/** A container and the time at which it is looked at. Times are in milliseconds since the epoch. */
export interface Moment {
  readonly containerID: string;
  /** When this container was started. */
  readonly startedAt: number;
  readonly now: number;
}

/** Whether the run is still active in this container. */
export const isAlive = (run: Run | undefined, { containerID, now }: Moment): boolean =>
  run?.containerID === containerID && run.endsAt > now;

/** Whether the run ended before its container. Container times are whole seconds; within one the run ends first. */
function hasEnded(run: Run, { containerID, startedAt, now }: Moment): boolean {
  return run.containerID === containerID ? run.endsAt <= now : Math.floor(run.endsAt / 1000) * 1000 <= startedAt;
}

/** The content of configure.status for a run. Undefined if none has started. */
export function configureStatus(run: Run | undefined, moment: Moment): ConfigureStatus | undefined {
  if (run === undefined) return undefined;
  const { containerID, exitCode } = run;
  return hasEnded(run, moment) ? { containerID, exitCode } : { containerID };
}

/** The output so far: only the first line until the run has ended. */
export function outputOf(run: Run | undefined, moment: Moment): { stdout: string; stderr: string } {
  if (run === undefined) return { stdout: '', stderr: '' };
  const [firstLine = ''] = run.stdout.split('\n', 1);
  return hasEnded(run, moment) ? run : { stdout: firstLine === '' ? '' : `${firstLine}\n`, stderr: '' };
}
