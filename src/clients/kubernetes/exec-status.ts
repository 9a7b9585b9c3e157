/**
 * How a command ended, as kubelet and kube-apiserver tell it: a `v1 Status` (without kind) on the status channel.
 * Source: k8s.io/apimachinery/pkg/util/remotecommand, k8s.io/cri-streaming/pkg/streaming/remotecommand/exec.go
 */
import { isJsonObject } from '../../meta/json.ts';
import { StatusError, type Status } from '../../meta/status.ts';
import { statusErrorOf } from './response-error.ts';

/**
 * The exit code.
 * @throws StatusError where the command could not be run, with the reason given
 */
export function exitCodeOf(text: string): number {
  const status = parseStatus(text);
  if (status === undefined) {
    throw new StatusError(500, 'InternalError', `a command ended with no status: ${text.slice(0, longestText)}`);
  }
  if (status.status === 'Success') return 0;
  const exit = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && exit !== undefined && /^\d+$/.test(exit)) return Number(exit);
  throw statusErrorOf(status, 500);
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
