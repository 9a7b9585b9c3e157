/** The bytes of a request. */
import { requestEntityTooLarge } from '../../meta/status.ts';
import type { Exchange } from './contract.ts';

/** As kube-apiserver's limit for resource requests. */
const maxBodyBytes = 3 * 1024 * 1024;

/**
 * @throws StatusError 413 beyond the limit (the rest is read and dropped, so that the answer gets through), or the
 *         signal's reason where the client went away or the request's time was up
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
