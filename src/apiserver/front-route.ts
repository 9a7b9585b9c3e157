/** How what stands in front of the API answers: through the same filters as the API. */
import type { FrontHandler } from './front.ts';
import { readBody } from './http/body.ts';
import type { Route } from './http/chain.ts';
import { sendBody } from './http/send.ts';

/** A route for everybody, within the limits of requests in flight and of bytes that wait for clients. */
export function frontRoute(handler: FrontHandler): Route {
  return {
    longRunning: false,
    open: true,
    async handler(exchange) {
      await sendBody(exchange, await handler((limit) => readBody(exchange, limit)));
    },
  };
}
