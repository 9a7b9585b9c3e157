/** The watch verb over WebSocket: each event is one text frame. Source: k8s.io/apiserver/pkg/endpoints/handlers/watch.go */
import type { WebSocket } from 'ws';
import type { KubeObject } from '../../meta/object.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { UnsentStream } from '../flowcontrol/unsent.ts';
import type { Exchange } from '../exchange.ts';
import type { Negotiated } from '../negotiation/contract.ts';
import { createWatchEncoder } from '../negotiation/index.ts';
import type { ResourceRegistry } from './contract.ts';
import { pumpUntilOver, sentCounter, terminations, type WatchTools } from './watch.ts';
import type { WatchSink } from './watch-pump.ts';
import { openWatch } from './watch-source.ts';

/** Bytes that may wait in the socket before writing pauses. */
const highWaterMark = 64 * 1024;
/** Source: RFC 6455 section 7.4.1. */
const normalClosure = 1000;

/**
 * Streams a watch over a socket that `accept` makes of the request once the options are found valid. Messages of the
 * client are ignored.
 * @throws StatusError as serveWatch does, before accept is called: the request can still be answered over HTTP
 */
export async function serveWatchWebSocket<T extends KubeObject>(
  { info, signal, turns = unhurried, unsent }: Pick<Exchange, 'info' | 'signal' | 'turns' | 'unsent'>,
  registry: ResourceRegistry<T>,
  negotiated: Negotiated,
  tools: WatchTools,
  accept: () => Promise<WebSocket>,
): Promise<void> {
  const encoder = createWatchEncoder(negotiated, registry.definition, () => tools.clock.now());
  const source = await openWatch(info, registry);
  const socket = await unlessAborted(accept(), signal).catch((error: unknown) => {
    if ('subscription' in source) source.subscription.close();
    throw error;
  });
  if ('error' in source) {
    socket.send(encoder.error(source.error).toString('utf8'));
    socket.close(normalClosure);
    return;
  }
  const gone = new AbortController();
  socket.once('close', () => {
    gone.abort();
  });
  const either = AbortSignal.any([signal, gone.signal]);
  const sent = sentCounter(registry.definition, tools);
  const following = unsent?.follow(() => {
    terminations(registry.definition, tools)();
    socket.terminate();
  });
  const from = { signal: either, turns, ...(unsent === undefined ? {} : { unsent }) };
  await pumpUntilOver(source, { encoder, sink: new SocketSink(socket, following), sent }, from, tools).finally(() => {
    following?.end();
  });
}

/** A handshake that never ends must not keep the watch: the watch ends with the request. */
function unlessAborted(accepting: Promise<WebSocket>, signal: AbortSignal): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
      accepting.then(
        (late) => {
          late.terminate();
        },
        () => undefined,
      );
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    accepting
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      })
      .then(resolve, reject);
  });
}

class SocketSink implements WatchSink {
  readonly #socket: WebSocket;
  readonly #unsent: UnsentStream | undefined;
  onDrain: () => void = () => undefined;

  constructor(socket: WebSocket, unsent: UnsentStream | undefined) {
    this.#socket = socket;
    this.#unsent = unsent;
  }

  write(lines: readonly Buffer[]): boolean {
    const last = lines.length - 1;
    lines.forEach((line, index) => {
      this.#socket.send(line, { binary: false }, (error) => {
        if (index === last && error == null) this.#sentAll();
      });
    });
    if (this.#socket.bufferedAmount < highWaterMark) return true;
    this.#unsent?.waiting(lines.reduce((sum, line) => sum + line.length, 0));
    return false;
  }

  end(): void {
    this.onDrain = () => undefined;
    this.#socket.close(normalClosure);
  }

  #sentAll(): void {
    this.#unsent?.sent();
    this.onDrain();
  }
}
