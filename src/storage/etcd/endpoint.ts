import { connectivityState, Client } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientDuplexStream, ClientOptions, Metadata } from '@grpc/grpc-js';
import { isIP } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import { isServiceError, verdictOf } from './errors.ts';
import {
  etcd,
  type RangeRequest,
  type RequestOf,
  type ResponseOf,
  type WatchRequest,
  type WatchResponse,
} from './proto.ts';

type Calls = typeof etcd;
/** Calls with one answer. */
export type UnaryRpc = Calls[Exclude<keyof Calls, 'watch' | 'rangeStream'>];

interface EndpointOptions {
  readonly url: URL;
  readonly credentials: ChannelCredentials;
  readonly clock: Clock;
  /** Milliseconds without any answer after which calls go elsewhere, if they can. */
  readonly silentMs: number;
  /** Milliseconds after which a connection that does not come about is begun anew. */
  readonly connectMs: number;
  /** Connected, or no longer. */
  readonly changed: (endpoint: Endpoint) => void;
}

const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // As often as etcd allows (--grpc-keepalive-min-time is 5 s), while calls or watches are open.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.dns_min_time_between_resolutions_ms': 2_000,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
  'grpc-node.flow_control_window': 1 << 20,
};

/** An address is no server name in TLS (RFC 6066): another one is sent, and the certificate is checked for the address. */
function channelOptionsFor({ protocol, hostname }: URL): ClientOptions {
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return protocol === 'https:' && isAddress
    ? { ...channelOptions, 'grpc.ssl_target_name_override': 'etcd' }
    : channelOptions;
}

/** One member of the cluster, behind one address: its connection, and single calls on it. Decides nothing. */
export class Endpoint {
  readonly url: string;
  readonly #options: EndpointOptions;
  #credentials: ChannelCredentials;
  #client: Client;
  #closed = false;
  readonly #unanswered = new Set<{ readonly since: number }>();
  #heard = 0;
  #cancelConnectLimit: () => void = () => undefined;
  connected = false;
  /** The call that streams a range is known to be missing, for as long as this connection lasts. */
  withoutRangeStream = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.url = options.url.origin;
    this.#credentials = options.credentials;
    this.#client = this.#open();
  }

  /** It has not answered anything for a while, though it was asked. */
  get silent(): boolean {
    const [oldest] = this.#unanswered;
    if (oldest === undefined) return false;
    return this.#options.clock.monotonic() - Math.max(oldest.since, this.#heard) > this.#options.silentMs;
  }

  /** Calls from now on go over a new connection with these credentials; running ones end on the old one. */
  replace(credentials: ChannelCredentials): void {
    this.#credentials = credentials;
    this.#reopen();
  }

  /** @throws ServiceError */
  unary<R extends UnaryRpc>(
    rpc: R,
    request: RequestOf<R>,
    { metadata, timeoutMs }: { metadata: Metadata; timeoutMs: number },
  ): Promise<ResponseOf<R>> {
    const waiting = { since: this.#options.clock.monotonic() };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<RequestOf<R>, ResponseOf<R>>(
        rpc.path,
        // The table's types follow from R; TypeScript cannot see that in a generic function.
        (value) => rpc.request.encode(value),
        (bytes) => rpc.response.decode(bytes) as ResponseOf<R>,
        request,
        metadata,
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          this.#unanswered.delete(waiting);
          if (!isServiceError(error) || verdictOf(error) === 'final') this.#heard = this.#options.clock.monotonic();
          if (answer === undefined) reject(error ?? new Error(`${rpc.name} gave nothing`));
          else resolve(answer);
        },
      );
      this.#unanswered.add(waiting);
    });
  }

  /**
   * @param silentMs so long may nothing come
   * @throws ServiceError (from the iteration)
   */
  async *rangeStream(
    request: RangeRequest,
    metadata: Metadata,
    silentMs: number,
  ): AsyncGenerator<ResponseOf<Calls['rangeStream']>, void> {
    const { path, request: sent, response: received } = etcd.rangeStream;
    const stream = this.#client.makeServerStreamRequest(
      path,
      (value: RangeRequest) => sent.encode(value),
      (bytes) => received.decode(bytes),
      request,
      metadata,
    );
    // Also after the last read: an error that nobody listens to would end the process.
    stream.on('error', () => undefined);
    const limit = (): (() => void) =>
      this.#options.clock.after(silentMs, () => {
        stream.cancel();
      });
    let cancelLimit = limit();
    try {
      for await (const message of stream) {
        cancelLimit();
        yield message as ResponseOf<Calls['rangeStream']>;
        cancelLimit = limit();
      }
    } finally {
      cancelLimit();
      stream.cancel();
    }
  }

  watch(metadata: Metadata): ClientDuplexStream<WatchRequest, WatchResponse> {
    const { path, request: sent, response: received } = etcd.watch;
    return this.#client.makeBidiStreamRequest(
      path,
      (value: WatchRequest) => sent.encode(value),
      (bytes) => received.decode(bytes),
      metadata,
    );
  }

  close(): void {
    this.#closed = true;
    this.#cancelConnectLimit();
    this.#client.close();
  }

  #reopen(): void {
    const old = this.#client;
    this.connected = false;
    this.#client = this.#open();
    old.close();
    this.#options.changed(this);
  }

  #open(): Client {
    const { hostname, port, protocol } = this.#options.url;
    const target = `dns:///${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
    const client = new Client(target, this.#credentials, channelOptionsFor(this.#options.url));
    // Not now: whoever makes the endpoint does not have it yet.
    queueMicrotask(() => {
      this.#follow(client);
    });
    return client;
  }

  #follow(client: Client): void {
    if (client !== this.#client || this.#closed) return;
    const channel = client.getChannel();
    const state = channel.getConnectivityState(true);
    this.#limitConnecting(state, client);
    const connected = state === connectivityState.READY;
    if (connected !== this.connected || state === connectivityState.TRANSIENT_FAILURE) {
      this.connected = connected;
      // It may have been started again with a newer version.
      this.withoutRangeStream = false;
      this.#options.changed(this);
    }
    channel.watchConnectivityState(state, Infinity, () => {
      this.#follow(client);
    });
  }

  /** A cut network answers nothing for minutes, and then goes on with an attempt that is far too late. */
  #limitConnecting(state: connectivityState, client: Client): void {
    this.#cancelConnectLimit();
    if (state !== connectivityState.CONNECTING) return;
    this.#cancelConnectLimit = this.#options.clock.after(this.#options.connectMs, () => {
      if (client === this.#client && !this.#closed) this.#reopen();
    });
  }
}
