/** The state of a response; HTTP/1.1 and HTTP/2 responses expose it differently. */
import type { Response } from '../exchange.ts';

/** The answer was sent or the client is gone. No 'close' event will follow. */
export function isOver(response: Response): boolean {
  if ('stream' in response) return response.stream.closed || response.stream.destroyed;
  return response.writableFinished || response.destroyed || response.closed;
}

/** The answer was written completely before the client left. */
export function isWhole(response: Response): boolean {
  // Node ends an aborted stream, so it counts as finished.
  return 'stream' in response ? response.writableEnded && !response.stream.aborted : response.writableFinished;
}

/** Resolves once the answer is over, complete or not. */
export function untilOver(response: Response): Promise<void> {
  if (isOver(response)) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', () => {
      resolve();
    });
  });
}
