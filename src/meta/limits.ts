/**
 * How large a stored object may be, in bytes of its JSON in UTF-8. etcd refuses requests above 1.5 MiB by default; what
 * lies between that and the limit here is left for the rest of a transaction. Every storage engine has the same limit,
 * so that data can always move from one to the other.
 * Source: https://etcd.io/docs/latest/dev-guide/limit/
 */

const kibi = 1024;

/** No stored object may be larger, its status included. */
export const maxObjectBytes = 1408 * kibi;

/**
 * The largest status that a controller may make. For kinds with a status subresource so many bytes are kept free for
 * it: a status of this size can always be written, whatever users wrote beside it.
 */
export const maxStatusBytes = 384 * kibi;

/** What remains for everything but the status, in kinds that have a status subresource. */
export const maxDesiredStateBytes = maxObjectBytes - maxStatusBytes;

/** The size of a value as it is stored: bytes of its JSON in UTF-8. */
export function storedBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
