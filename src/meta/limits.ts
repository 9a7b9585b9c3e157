/**
 * How large a stored object may be, in bytes of its JSON in UTF-8. etcd refuses requests above 1.5 MiB by default. The
 * limit here is lower, because a transaction holds more than the object. Every storage engine has the same limit, so
 * that data can always move from one to another.
 * Source: https://etcd.io/docs/latest/dev-guide/limit/
 */

const kibi = 1024;

/** The largest object that can be stored, in bytes, including its status. */
export const maxObjectBytes = 1408 * kibi;

/**
 * The largest status that a controller may write, in bytes. Kinds with a status subresource keep this much free, so that
 * a status of this size can always be written, however much users wrote in the rest of the object.
 */
export const maxStatusBytes = 384 * kibi;

/** The largest size of everything except the status, in bytes, for kinds with a status subresource. */
export const maxDesiredStateBytes = maxObjectBytes - maxStatusBytes;

/** The size of a value as it is stored: bytes of its JSON in UTF-8. */
export function storedBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
