/** Reads the bodies of requests. */
import { requestEntityTooLarge } from '../../meta/status.ts';
import type { Exchange } from '../exchange.ts';

/** kube-apiserver's limit for resource requests. */
const maxBodyBytes = 3 * 1024 * 1024;

/**
 * The whole body.
 * @throws StatusError 413 above the limit (the rest is read and dropped, so that the client gets the answer), or the
 *        signal's reason if the client left or the request timed out
 */
export function readBody(exchange: Exchange, limit = maxBodyBytes): Promise<Buffer> {
  const { request, signal } = exchange;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > limit) fail(requestEntityTooLarge(`limit is ${limit}`));
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    };
    const fail = (error: Error): void => {
      settle();
      request.on('error', () => undefined);
      request.resume();
      reject(error);
    };
    const onError = (error: Error): void => fail(error);
    const onAbort = (): void => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) onAbort();
    else if (Number(request.headers['content-length'] ?? 0) > limit) fail(requestEntityTooLarge(`limit is ${limit}`));
    else {
      signal.addEventListener('abort', onAbort);
      request.on('data', onData).on('end', onEnd).on('error', onError);
    }
  });
}
