/** kubectl kd logs */
import { isReason } from '../../meta/status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { plainLines } from '../../view/plain-text.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import type { Output, Printed } from './frame.ts';
import { linesOf } from './lines.ts';
import { clusterPath } from './read-commands.ts';

/** Flags of logs. */
export interface LogFlags extends ConnectionFlags {
  readonly follow: boolean;
  readonly member?: string;
  readonly tail?: number;
}

/** Prints what startscripts have printed, as it comes. @throws StatusError as the server answered; Error where it can't be asked */
export async function logs(name: string, { follow, member, tail, ...flags }: LogFlags, out: Output): Promise<Printed> {
  const client = connect(flags, systemClock);
  try {
    const query = new URLSearchParams({
      ...(follow ? { follow: 'true' } : {}),
      ...(member === undefined ? {} : { member }),
      ...(tail === undefined ? {} : { tail: String(tail) }),
    });
    const path = `${clusterPath(client.namespace, name)}/log?${query.toString()}`;
    const answer = await client.open(path, new AbortController().signal).catch((error: unknown) => {
      throw isUnknownPath(error)
        ? new Error('the server is older than this command: it has no kubedirectorclusters/log', { cause: error })
        : error;
    });
    // Each line alone: an escape sequence that the line feed cuts has no effect, but its second part is seen as text.
    for await (const line of linesOf(answer)) out.write(`${plainLines(line)}\n`);
    return { text: '' };
  } finally {
    client.close();
  }
}

/** A cluster that is not there is named in the answer; a path that is not there is not. */
function isUnknownPath(error: unknown): boolean {
  return isReason(error, 'NotFound') && error.status.details?.name === undefined;
}
