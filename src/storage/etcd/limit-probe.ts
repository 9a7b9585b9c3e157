import type { Logger } from '../../runtime/logger.ts';
import { RefusedError, type Caller } from './caller.ts';
import { etcd } from './proto.ts';

/** What etcd lets a message of gRPC be larger than the request in it. */
const overheadBytes = 512 << 10;

/**
 * Finds out whether etcd takes commits of this size, by a request for its status that is as large: etcd refuses messages by their
 * size before it looks at them, and names its limit. Warns where it is too low.
 */
export async function probeLimit(caller: Caller, neededBytes: number, logger: Logger): Promise<void> {
  try {
    const padding = Buffer.alloc(neededBytes + overheadBytes);
    await caller.unary(etcd.status, { padding }, { operation: 'status' });
  } catch (error) {
    const limit = error instanceof RefusedError ? /larger than max .*vs\.? (\d+)/.exec(error.message)?.[1] : undefined;
    if (limit === undefined) {
      logger.debug({ error }, "etcd's limit for requests could not be found out");
      return;
    }
    const bytes = Number(limit) - overheadBytes;
    const message =
      `etcd takes commits of at most ${bytes} bytes, but an object may have ${neededBytes}: larger ones are refused. ` +
      `Start all members of etcd with --max-request-bytes=${neededBytes} or more`;
    logger.warn({ limitBytes: bytes }, message);
  }
}
