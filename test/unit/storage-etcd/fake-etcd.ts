/** An etcd that answers as a test tells it to: what a real one cannot be made to do. */
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { openEtcdStore, type EtcdOptions } from '../../../src/storage/etcd/index.ts';
import { etcd, type RequestOf, type ResponseOf } from '../../../src/storage/etcd/proto.ts';
import type { EtcdPace } from '../../../src/storage/etcd/options.ts';
import type { Encodable } from '../../../src/storage/protobuf/message.ts';
import type { Store } from '../../../src/storage/contract.ts';

type Calls = typeof etcd;
type Sent<R> = R extends { readonly response: infer A } ? Encodable<A> : never;
type Got<R> = R extends { readonly request: infer Q } ? ResponseOf<{ response: Q }> : never;

/** An error as etcd sends it. */
export class Refusal extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

export type WatchCall = ServerDuplexStream<Got<Calls['watch']>, Sent<Calls['watch']>>;

interface Script {
  status?: (request: Got<Calls['status']>, token: string | undefined) => Answer<Calls['status']>;
  range?: (request: Got<Calls['range']>, token: string | undefined) => Answer<Calls['range']>;
  txn?: (request: Got<Calls['txn']>, token: string | undefined) => Answer<Calls['txn']>;
  compact?: (request: RequestOf<Calls['compact']>) => Answer<Calls['compact']>;
  authenticate?: (request: Got<Calls['authenticate']>) => Answer<Calls['authenticate']>;
  rangeStream?: (call: ServerWritableStream<Got<Calls['range']>, Sent<Calls['rangeStream']>>) => void;
  watch?: (call: WatchCall, start: number) => void;
}
/** 'never': the call is left without an answer. */
type Answer<R> = Sent<R> | 'never' | Promise<Sent<R> | 'never'>;

const header = { clusterId: '7', memberId: '1', revision: 5 };
export const wellStatus = { header, version: '3.7.3', leader: '1' };

export class FakeEtcd {
  script: Script;
  readonly #server: Server;
  #port = 0;

  constructor(script: Script = {}) {
    this.script = script;
    this.#server = this.#make();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  listen(port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        this.#port = bound;
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Cuts all connections. */
  stop(): void {
    this.#server.forceShutdown();
  }

  #make(): Server {
    const server = new Server({ 'grpc.max_receive_message_length': 2 << 20 });
    const unary = <R extends Calls[Exclude<keyof Calls, 'watch' | 'rangeStream'>]>(
      rpc: R,
      answer: (request: Got<R>, token: string | undefined) => Answer<R>,
    ): readonly [object, UntypedServiceImplementation[string]] => [
      method(rpc),
      (call: ServerUnaryCall<Got<R>, Sent<R>>, callback: sendUnaryData<Sent<R>>) => {
        const token = call.metadata.get('token')[0]?.toString();
        void (async () => {
          try {
            const sent = await answer(call.request, token);
            if (sent !== 'never') callback(null, sent);
          } catch (error) {
            callback(error as Refusal);
          }
        })();
      },
    ];
    const calls = {
      Status: unary(etcd.status, (request, token) => this.script.status?.(request, token) ?? wellStatus),
      Range: unary(etcd.range, (request, token) => this.script.range?.(request, token) ?? { header }),
      Txn: unary(etcd.txn, (request, token) => this.script.txn?.(request, token) ?? { header, succeeded: true }),
      Compact: unary(etcd.compact, (request) => this.script.compact?.(request) ?? { header }),
      Authenticate: unary(etcd.authenticate, (request) => this.script.authenticate?.(request) ?? { token: 'none' }),
      RangeStream: [
        method(etcd.rangeStream, { responseStream: true }),
        (call: ServerWritableStream<Got<Calls['range']>, Sent<Calls['rangeStream']>>) => {
          if (this.script.rangeStream) this.script.rangeStream(call);
          else call.emit('error', new Refusal(status.UNIMPLEMENTED, 'unknown method RangeStream'));
        },
      ] as const,
      Watch: [
        method(etcd.watch, { requestStream: true, responseStream: true }),
        (call: WatchCall) => {
          call.once('data', ({ create }: Got<Calls['watch']>) => this.script.watch?.(call, create?.startRevision ?? 0));
        },
      ] as const,
    };
    const definition = Object.fromEntries(Object.entries(calls).map(([name, [described]]) => [name, described]));
    const handlers = Object.fromEntries(Object.entries(calls).map(([name, [, handler]]) => [name, handler]));
    server.addService(definition as Parameters<Server['addService']>[0], handlers);
    return server;
  }
}

interface AnyRpc {
  readonly path: string;
  readonly request: { decode(bytes: Buffer): unknown };
  readonly response: { encode(value: never): Buffer };
}

function method(rpc: AnyRpc, streams: { requestStream?: boolean; responseStream?: boolean } = {}): object {
  return {
    ...{ path: rpc.path, requestStream: false, responseStream: false, ...streams },
    requestDeserialize: (bytes: Buffer) => rpc.request.decode(bytes),
    responseSerialize: (value: never) => rpc.response.encode(value),
    requestSerialize: () => Buffer.alloc(0),
    responseDeserialize: () => ({}),
  };
}

const quick: EtcdPace = {
  ...{ silentMs: 200, connectMs: 1000, checkMs: 500, recheckMs: [20, 100], requestMs: 3000, noMemberMs: 500 },
  ...{ againMs: 5, startMs: 5000, partMs: 3000, tlsMs: 50, probeMs: { well: 60_000, unavailable: 20 } },
  progress: { waitingMs: 20, idleMs: 60_000, silentMs: 300 },
};

export const fakeHeader = header;

/** Opens a store on fakes, without patience. The first one is asked first. */
export function openOn(fakes: readonly FakeEtcd[], options: Partial<EtcdOptions> = {}): Promise<Store> {
  return openEtcdStore({
    endpoints: fakes.map(({ url }) => url),
    ...{ clock: systemClock, random: () => 0, logger: silentLogger, compactEveryMs: 0 },
    ...options,
    pace: { ...quick, ...options.pace },
  });
}
