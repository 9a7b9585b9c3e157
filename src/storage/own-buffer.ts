/**
 * A copy with memory of its own. Small buffers otherwise come out of a pool that Node.js shares: one that is kept for long would
 * keep the whole slab (64 KiB) of all that were made beside it.
 */
export function ownBuffer(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
