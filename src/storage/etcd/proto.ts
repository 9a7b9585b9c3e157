/**
 * The messages and calls of etcd's API that this engine uses, with the fields that it uses.
 * Source of names and numbers: https://etcd.io/docs/latest/dev-guide/api_reference_v3/
 */
import { field, list, Message, type Decoded, type Encodable } from '../protobuf/message.ts';

const responseHeader = new Message({
  clusterId: field(1, 'id'),
  memberId: field(2, 'id'),
  revision: field(3, 'int64'),
});

/** A key with its value. */
export const keyValue = new Message({
  key: field(1, 'bytes'),
  modRevision: field(3, 'int64'),
  version: field(4, 'int64'),
  value: field(5, 'bytes'),
});

const rangeRequest = new Message({
  key: field(1, 'bytes'),
  rangeEnd: field(2, 'bytes'),
  limit: field(3, 'int64'),
  revision: field(4, 'int64'),
  keysOnly: field(8, 'bool'),
});
const rangeResponse = new Message({
  header: field(1, responseHeader),
  kvs: list(2, keyValue),
  more: field(3, 'bool'),
});
const rangeStreamResponse = new Message({ rangeResponse: field(1, rangeResponse) });

/** Result and target of a comparison are enumerations: 0 is EQUAL. */
const compare = new Message({
  result: field(1, 'int64'),
  target: field(2, 'int64'),
  key: field(3, 'bytes'),
  version: field(4, 'int64'),
  modRevision: field(6, 'int64'),
});
/** What a comparison is about. */
export const compareTarget = { version: 0, modRevision: 2 } as const;

const requestOp = new Message({
  range: field(1, rangeRequest),
  put: field(2, new Message({ key: field(1, 'bytes'), value: field(2, 'bytes') })),
  deleteRange: field(3, new Message({ key: field(1, 'bytes'), rangeEnd: field(2, 'bytes') })),
});
const txnRequest = new Message({ compare: list(1, compare), success: list(2, requestOp), failure: list(3, requestOp) });
const txnResponse = new Message({
  header: field(1, responseHeader),
  succeeded: field(2, 'bool'),
  responses: list(3, new Message({ range: field(1, rangeResponse) })),
});

const compactionRequest = new Message({ revision: field(1, 'int64') });
const headerOnly = new Message({ header: field(1, responseHeader) });

const watchRequest = new Message({
  create: field(
    1,
    new Message({
      key: field(1, 'bytes'),
      rangeEnd: field(2, 'bytes'),
      startRevision: field(3, 'int64'),
      progressNotify: field(4, 'bool'),
      fragment: field(8, 'bool'),
    }),
  ),
  progress: field(3, new Message({})),
});
/** The type of an event is an enumeration: 0 is PUT, 1 is DELETE. */
const event = new Message({ type: field(1, 'int64'), kv: field(2, keyValue) });
const watchResponse = new Message({
  header: field(1, responseHeader),
  watchId: field(2, 'int64'),
  created: field(3, 'bool'),
  canceled: field(4, 'bool'),
  compactRevision: field(5, 'int64'),
  cancelReason: field(6, 'string'),
  fragment: field(7, 'bool'),
  events: list(11, event),
});

const authenticateRequest = new Message({ name: field(1, 'string'), password: field(2, 'string') });
const authenticateResponse = new Message({ token: field(2, 'string') });

/** `padding` is no field of etcd's: it is passed over there, and makes a request as large as wanted. */
const statusRequest = new Message({ padding: field(1000, 'bytes') });
const statusResponse = new Message({
  header: field(1, responseHeader),
  version: field(2, 'string'),
  leader: field(4, 'id'),
  isLearner: field(10, 'bool'),
});

/** A stored key, as etcd gives it. */
export type KeyValue = Decoded<typeof keyValue>;
/** A change of a key, as a watch tells it. */
export type WatchEvent = Decoded<typeof event>;
/** What a watch is told. */
export type WatchResponse = Decoded<typeof watchResponse>;
/** What a watch is asked. */
export type WatchRequest = Encodable<typeof watchRequest>;
/** What is asked of a range of keys. */
export type RangeRequest = Encodable<typeof rangeRequest>;

/** A message in both directions: a client needs one, a test's server the other. */
interface Coder<Taken, Given> {
  encode(value: Taken): Buffer;
  decode(bytes: Buffer): Given;
}

/** One call of the API. */
interface Rpc<Q extends Coder<never, unknown>, A extends Coder<never, unknown>> {
  /** For logs and metrics. */
  readonly name: string;
  readonly path: string;
  readonly request: Q;
  readonly response: A;
}
/** What a call takes. */
export type RequestOf<R> = R extends { readonly request: infer Q } ? Encodable<Q> : never;
/** What a call gives. */
export type ResponseOf<R> = R extends { readonly response: infer A } ? Decoded<A> : never;

function rpc<Q extends Coder<never, unknown>, A extends Coder<never, unknown>>(
  service: string,
  method: string,
  request: Q,
  response: A,
): Rpc<Q, A> {
  return { name: method, path: `/etcdserverpb.${service}/${method}`, request, response };
}

/** The calls. */
export const etcd = {
  range: rpc('KV', 'Range', rangeRequest, rangeResponse),
  /** Since 3.7. */
  rangeStream: rpc('KV', 'RangeStream', rangeRequest, rangeStreamResponse),
  txn: rpc('KV', 'Txn', txnRequest, txnResponse),
  compact: rpc('KV', 'Compact', compactionRequest, headerOnly),
  watch: rpc('Watch', 'Watch', watchRequest, watchResponse),
  authenticate: rpc('Auth', 'Authenticate', authenticateRequest, authenticateResponse),
  status: rpc('Maintenance', 'Status', statusRequest, statusResponse),
} as const;
