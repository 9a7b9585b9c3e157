import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ApiTransport } from './transport.ts';

/** What every client of this room is made with. */
export interface ClientContext {
  readonly transport: ApiTransport;
  /** For writes that nobody waits for; `transport` where absent. */
  readonly background?: Pick<ApiTransport, 'request'>;
  readonly clock: Clock;
  /** Returns [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}
