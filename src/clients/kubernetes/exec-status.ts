/**
 * How a command ended, as kubelet and kube-apiserver tell it: a `v1 Status` (without kind) on the status channel.
 * Source: k8s.io/apimachinery/pkg/util/remotecommand, k8s.io/cri-streaming/pkg/streaming/remotecommand/exec.go
 */
import { isJsonObject } from '../../meta/json.ts';
import type { Status } from '../../meta/status.ts';

/** What stands on the status channel instead of an exit code: the container runtime's or kubelet's own words. */
export class CommandNotRun extends Error {
  override name = 'CommandNotRun';
}

/**
 * The exit code.
 * @throws CommandNotRun where the command could not be run, with the reason given
 */
export function exitCodeOf(text: string): number {
  const status = parseStatus(text);
  if (status === undefined) {
    throw new CommandNotRun(`a command ended with no status: ${text.slice(0, longestText)}`);
  }
  if (status.status === 'Success') return 0;
  const exit = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && exit !== undefined && /^\d+$/.test(exit)) return Number(exit);
  throw new CommandNotRun(status.message ?? status.reason ?? 'no reason given');
}

const longestText = 300;

function parseStatus(text: string): Partial<Status> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) && typeof parsed.status === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
