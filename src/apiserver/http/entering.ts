/** Where requests enter flow control. */
import { StatusError } from '../../meta/status.ts';
import { mastersGroup } from '../../meta/user.ts';
import { defaultCost } from '../flowcontrol/cost.ts';
import { requestKind } from '../flowcontrol/in-flight.ts';
import type { FlowControl } from '../flowcontrol/scheduler.ts';
import type { HttpExchange } from './exchange.ts';

interface EnteringOptions {
  readonly longRunning: boolean;
  readonly cost?: () => number;
  readonly flow: Pick<FlowControl, 'admit' | 'exempt'>;
  /** Called if the request gets 429. */
  readonly refused: () => void;
}

/**
 * Waits, where it has to, until the request may begin.
 * @returns the function to call when it ends, or a promise of it
 * @throws StatusError 429 with Retry-After; the reason if it is aborted before
 */
export function enter(
  exchange: Pick<HttpExchange, 'user' | 'info' | 'onGone' | 'entered'>,
  { longRunning, cost, flow, refused }: EnteringOptions,
): (() => void) | Promise<() => void> {
  const { user, info } = exchange;
  const kind = requestKind(info.verb, longRunning);
  // Source: k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap, the flow schema "exempt"
  if (user.groups.includes(mastersGroup)) return flow.exempt(kind);
  const failed = (error: unknown): never => {
    if (error instanceof StatusError && error.code === 429) refused();
    throw error;
  };
  exchange.entered = {
    ...{ kind, user: user.name, cost: cost ?? (() => defaultCost(kind)) },
    onGone: (listener) => exchange.onGone(listener),
  };
  try {
    const entered = flow.admit(exchange.entered);
    return entered instanceof Promise ? entered.catch(failed) : entered;
  } catch (error) {
    return failed(error);
  }
}
