/** The watch verb over HTTP: newline-delimited JSON, over HTTP/1.1 (chunked) and HTTP/2 alike. */
import { ServerResponse } from 'node:http';
import type { KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Series } from '../../runtime/distribution.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { Exchange } from '../exchange.ts';
import { beginAnswer } from '../http/send.ts';
import type { Negotiated } from '../negotiation/contract.ts';
import { createWatchEncoder } from '../negotiation/index.ts';
import type { ResourceRegistry } from './contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { ResponseSink } from './response-sink.ts';
import { WatchPump } from './watch-pump.ts';
import { openWatch, type WatchSource } from './watch-source.ts';

/** What every watch needs from the server. */
export interface WatchTools {
  readonly clock: Clock;
  /** 0 ≤ n < 1 */
  readonly random: () => number;
  readonly metrics: Metrics;
}

/** Watches without timeoutSeconds end between this and twice as long, so that not all reconnect at once. */
const minTimeoutMs = 30 * 60_000;
/** The longest time that Node's timers accept, in milliseconds. */
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * Streams a watch until its time is over, its reader leaves or is too slow, or the server stops.
 * @throws StatusError 400 and 422 for bad options, 406 for a form that cannot be streamed
 */
export async function serveWatch<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  negotiated: Negotiated,
  tools: WatchTools,
): Promise<void> {
  const encoder = createWatchEncoder(negotiated, registry.definition, () => tools.clock.now());
  const source = await openWatch(exchange.info, registry);
  if (!beginAnswer(exchange, 200, { 'Content-Type': encoder.contentType }) || exchange.request.method === 'HEAD') {
    if ('subscription' in source) source.subscription.close();
    exchange.response.end();
    return;
  }
  // HTTP/2 has sent them already.
  if (exchange.response instanceof ServerResponse) exchange.response.flushHeaders();
  if ('error' in source) {
    exchange.response.end(encoder.error(source.error));
    return;
  }
  const sink = new ResponseSink(exchange.response, {
    clock: tools.clock,
    sizes: eventSizes(registry.definition, tools),
    unsent: exchange.unsent,
    onCut: terminations(registry.definition, tools),
  });
  await pumpUntilOver(source, { encoder, sink, sent: sentCounter(registry.definition, tools) }, exchange, tools);
}

/** Resolves when the stream is over; rejects if it failed because of an error in this server. */
export async function pumpUntilOver<T extends KubeObject>(
  source: WatchSource<T>,
  to: ConstructorParameters<typeof WatchPump<T>>[1],
  { signal, turns = unhurried, unsent }: Pick<Exchange, 'signal' | 'turns' | 'unsent'>,
  tools: WatchTools,
): Promise<void> {
  const { clock } = tools;
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      pump.stop();
    };
    const onEnd = (failure: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      if (failure === undefined) resolve();
      else reject(new Error('a watch broke off', { cause: failure }));
    };
    const pump = new WatchPump(source, to, { clock, turns, unsent, timeoutMs: timeoutOf(source, tools), onEnd });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) pump.stop();
    else pump.start();
  });
}

/** Counts the events sent, under kube-apiserver's metric name. */
export function sentCounter<T extends KubeObject>(
  { group, version, plural }: ResourceDefinition<T>,
  { metrics }: WatchTools,
): (events: number) => void {
  const labels = ['group', 'version', 'resource'];
  const counter = metrics.counter('apiserver_watch_events_total', 'Events sent to watches.', labels);
  const child = counter.labels(group, version, plural);
  return (events) => {
    if (events > 0) child.inc(events);
  };
}

/** Bytes. Source: k8s.io/apiserver/pkg/endpoints/metrics. */
const eventSizeBuckets = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

function eventSizes<T extends KubeObject>(
  { group, version, plural }: ResourceDefinition<T>,
  { metrics }: WatchTools,
): Series {
  const help = 'Sizes of the events sent to watches, in bytes.';
  const sizes = metrics.distribution('apiserver_watch_events_sizes', help, eventSizeBuckets);
  return sizes.labels({ group, version, resource: plural });
}

function timeoutOf<T extends KubeObject>({ options }: WatchSource<T>, { random }: WatchTools): number {
  const asked = options.timeoutSeconds ?? 0;
  const milliseconds = asked === 0 ? minTimeoutMs * (1 + random()) : asked * 1_000;
  return Math.min(Math.max(0, milliseconds), maxTimeoutMs);
}

/** Counts watches that are cut off, in the same metric as those that the cache ends. */
export function terminations<T extends KubeObject>(
  { group, plural }: ResourceDefinition<T>,
  { metrics }: WatchTools,
): () => void {
  const help = 'Watches ended because their reader was too slow.';
  const counter = metrics.counter('apiserver_terminated_watchers_total', help, ['group', 'resource']);
  return () => {
    counter.inc({ group, resource: plural });
  };
}
