import { ConflictError, type CommitRequest, type Revision } from '../contract.ts';
import type { Keys } from './keys.ts';
import { replaced, sameOrigin, type Origin } from './origin.ts';
import { compareTarget, type etcd, type RequestOf, type ResponseOf } from './proto.ts';

type TxnRequest = RequestOf<(typeof etcd)['txn']>;
type TxnResponse = ResponseOf<(typeof etcd)['txn']>;

/** One transaction: if all conditions hold, all writes; else a look at the origin and the keys of the conditions. */
export function transactionOf(keys: Keys, origin: Origin, { require, writes }: CommitRequest): TxnRequest {
  const required = require.map(({ key, revision }) => ({ key: keys.inEtcd(key), revision }));
  return {
    // A key that does not exist has modRevision 0.
    compare: [
      sameOrigin(keys, origin),
      ...required.map(({ key, revision }) => ({
        ...{ target: compareTarget.modRevision, key, modRevision: revision === 'absent' ? 0 : revision },
      })),
    ],
    success: writes.map(({ key: name, value }) => {
      const key = keys.inEtcd(name);
      return value === 'deleted' ? { deleteRange: { key } } : { put: { key, value } };
    }),
    failure: [keys.origin, ...required.map(({ key }) => key)].map((key) => ({ range: { key, keysOnly: true } })),
  };
}

/**
 * The revision of the commit; if nothing was there to delete, the newest one.
 * @throws ConflictError about the first condition that did not hold
 * @throws StorageLostError if all objects were replaced
 */
export function outcomeOf(
  keys: Keys,
  origin: Origin,
  { require }: CommitRequest,
  { header, succeeded, responses }: TxnResponse,
): Revision {
  if (succeeded) return header?.revision ?? 0;
  const [found = 'absent', ...actual] = responses.map(({ range }) => range?.kvs[0]?.modRevision ?? 'absent');
  if (found !== (origin.revision === 0 ? 'absent' : origin.revision)) throw replaced(keys);
  const index = require.findIndex(({ revision }, at) => revision !== actual[at]);
  throw new ConflictError(require[index]?.key ?? '', actual[index] ?? 'absent');
}
