import type { Exchange } from '../exchange.ts';

/**
 * Ends an answer that cannot be completed, so that the client does not take what it has for the whole: HTTP/1.1 closes the
 * connection, and HTTP/2 resets the stream with an error. Without a reason, HTTP/2 would reset it with NO_ERROR, which some
 * clients read as an end. Source: RFC 9113, section 8.1
 */
export function cutShort(response: Exchange['response'], reason: Error): void {
  if ('stream' in response) response.stream.destroy(reason);
  else response.destroy();
}

/** Why an answer ends whose client does not read: see flowcontrol/unsent.ts. */
export class SlowClientError extends Error {
  constructor() {
    super('the client does not read, and too many bytes wait in memory');
    this.name = 'SlowClientError';
  }
}
