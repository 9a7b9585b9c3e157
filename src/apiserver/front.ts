/** What stands in front of the API on the same port, such as a page for browsers. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Request } from './exchange.ts';

/** A whole answer. */
export interface FrontAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Compressed only once if it is the same Buffer each time. */
  readonly body: Buffer;
  readonly headers: OutgoingHttpHeaders;
}

/** Makes the answer. @param readBody rejects if the request has more bytes than this, or ends early */
export type FrontHandler = (readBody: (limit: number) => Promise<Buffer>) => FrontAnswer | Promise<FrontAnswer>;

/** Answers requests beside the API. */
export interface Front {
  /** How it answers the request; undefined: the API does. */
  find(request: Request): FrontHandler | undefined;
  /** Called for requests that are for the API; may add credentials. */
  admit(request: Request): void;
}
