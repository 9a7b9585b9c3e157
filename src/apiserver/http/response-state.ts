/** Whether anybody still takes what is written; HTTP/1.1 and HTTP/2 responses say it in different ways. */
import type { Response } from './contract.ts';

/** The answer has gone out, or the client is gone. No 'close' event will follow. */
export function isOver(response: Response): boolean {
  if ('stream' in response) return response.stream.closed || response.stream.destroyed;
  return response.writableFinished || response.destroyed || response.closed;
}

/** The answer was written to its end before the client let go. */
export function isWhole(response: Response): boolean {
  // An aborted stream counts as finished: Node ends it.
  return 'stream' in response ? response.writableEnded && !response.stream.aborted : response.writableFinished;
}

/** Resolves once the answer is over, in one way or the other. */
export function untilOver(response: Response): Promise<void> {
  if (isOver(response)) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', () => {
      resolve();
    });
  });
}
