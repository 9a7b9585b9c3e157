/** Writes that leave kube-apiserver to the requests of users. See docs/adr/0031-requests-first.md. */
import type { Clock } from '../../runtime/clock.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { ApiTransport } from './transport.ts';

interface YieldingOptions {
  /** Whether users write now, or did a moment ago. Asked often. */
  readonly pressed: () => boolean;
  readonly clock: Clock;
}

/** Milliseconds between two looks of a write that waits. */
const lookEveryMs = 5;

/** The same transport. While users write, its writes go out one at a time; each that has begun is finished. */
export function createYieldingTransport(
  transport: ApiTransport,
  { pressed, clock }: YieldingOptions,
): Pick<ApiTransport, 'request'> {
  let writing = 0;
  return {
    async request(request) {
      if (request.method === 'GET') return transport.request(request);
      while (writing > 0 && pressed()) {
        request.signal?.throwIfAborted();
        await pause(clock, lookEveryMs, request.signal);
      }
      writing++;
      try {
        return await transport.request(request);
      } finally {
        writing--;
      }
    },
  };
}
