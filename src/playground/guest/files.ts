/**
 * What a simulated container holds of the guest contract, as far as it matters: kept in an annotation of the volume
 * claim where the pod has one (a new container finds it again), else of the pod (valid for one container only).
 * Pure: from the files and the time to what commands print.
 */
import type { ConfigureStatus } from '../../guest/files.ts';
import { omit } from '../omit.ts';

export const guestAnnotation = 'playground.kubedirector.hpe.com/guest';

/** One background run of the startscript. Times in milliseconds since the epoch. */
export interface Run {
  readonly containerID: string;
  readonly endsAt: number;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GuestFiles {
  /** The container that wrote them: another one finds them on persistent storage only. */
  readonly containerID: string;
  readonly startscript: boolean;
  readonly configcli: boolean;
  /** Which contents the configmeta.json has that the last set-up wrote. */
  readonly data?: string;
  /** The container in which there was nothing to run. */
  readonly readyIn?: string;
  /** Why the set-up failed in this container before there was anything to run. */
  readonly problem?: { readonly containerID: string; readonly text: string };
  readonly configure?: Run;
  readonly notify?: Run & { readonly id: string };
}

/** A fresh container. Simulated images bring configcli, as those of the catalog do. */
export const noFiles = (containerID: string): GuestFiles => ({ containerID, startscript: false, configcli: true });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function parseRun(value: unknown): Run | undefined {
  if (!isRecord(value)) return undefined;
  const { containerID, endsAt, exitCode, stdout, stderr } = value;
  if (typeof containerID !== 'string' || typeof endsAt !== 'number' || typeof exitCode !== 'number') return undefined;
  if (typeof stdout !== 'string' || typeof stderr !== 'string') return undefined;
  return { containerID, endsAt, exitCode, stdout, stderr };
}

function parseProblem(value: unknown): GuestFiles['problem'] {
  if (!isRecord(value)) return undefined;
  const { containerID, text } = value;
  return typeof containerID === 'string' && typeof text === 'string' ? { containerID, text } : undefined;
}

/** Undefined for what is no such annotation: a user may have written anything there. */
export function parseFiles(text: string | undefined): GuestFiles | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value['containerID'] !== 'string') return undefined;
    const configure = parseRun(value['configure']);
    const problem = parseProblem(value['problem']);
    return {
      containerID: value['containerID'],
      startscript: value['startscript'] === true,
      configcli: value['configcli'] === true,
      ...(typeof value['data'] === 'string' ? { data: value['data'] } : {}),
      ...(typeof value['readyIn'] === 'string' ? { readyIn: value['readyIn'] } : {}),
      ...(configure ? { configure } : {}),
      ...(problem ? { problem } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Runs of notifications are not kept: one that is lost is begun again, which the contract allows. */
export function formatFiles(files: GuestFiles): string {
  return JSON.stringify(omit(files, 'notify'));
}

export interface Moment {
  readonly containerID: string;
  /** When this container was started. */
  readonly startedAt: number;
  readonly now: number;
}

/** It runs still, in this very container. */
export const isAlive = (run: Run | undefined, { containerID, now }: Moment): boolean =>
  run?.containerID === containerID && run.endsAt > now;

/** It had ended before its container did. Containers' times are whole seconds: within one, the run is the first. */
function hasEnded(run: Run, { containerID, startedAt, now }: Moment): boolean {
  return run.containerID === containerID ? run.endsAt <= now : Math.floor(run.endsAt / 1000) * 1000 <= startedAt;
}

/** What configure.status says of a run; undefined where none has begun. */
export function configureStatus(run: Run | undefined, moment: Moment): ConfigureStatus | undefined {
  if (run === undefined) return undefined;
  const { containerID, exitCode } = run;
  return hasEnded(run, moment) ? { containerID, exitCode } : { containerID };
}

/** Output so far: nothing of a run's end is known before it. */
export function outputOf(run: Run | undefined, moment: Moment): { stdout: string; stderr: string } {
  if (run === undefined) return { stdout: '', stderr: '' };
  const [firstLine = ''] = run.stdout.split('\n', 1);
  return hasEnded(run, moment) ? run : { stdout: firstLine === '' ? '' : `${firstLine}\n`, stderr: '' };
}
