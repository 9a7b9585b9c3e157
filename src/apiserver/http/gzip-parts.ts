/**
 * gzip of bodies that have parts in common, such as lists: each part is compressed once, and the stream is put together
 * from compressed parts. So neither the body nor its compressed form exists as a whole, and a change of one object costs
 * the compression of its part only. Sources: RFC 1951 (blocks), RFC 1952 (header and trailer).
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { BodyPart, DeflatedPart, PartCompressor } from '../exchange.ts';
import { combinedCrc } from './crc32.ts';

/** Bytes of compressed parts that are kept for later answers. */
const keptBytes = 8 * 1024 * 1024;
const level = 1;
const deflate = promisify(deflateRaw);
/** Deflate, no name and no time; unknown system. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** An empty block that is marked as the last one. */
const lastBlock = Buffer.from([3, 0]);
const trailerBytes = 8;
/** The largest stored block. */
const storedBytes = 0xffff;

/** A compressor that keeps the most recently used parts. */
export function createPartCompressor(): PartCompressor {
  const kept = new LRUCache<object, DeflatedPart>({ maxSize: keptBytes, sizeCalculation: sizeOf });
  const running = new WeakMap<object, Promise<DeflatedPart>>();
  return {
    compress(part) {
      const { key } = part;
      if (key === undefined) return Promise.resolve(stored(part.bytes()));
      const known = kept.get(key) ?? running.get(key);
      if (known !== undefined) return Promise.resolve(known);
      const made = deflated(part.bytes())
        .then((result) => {
          kept.set(key, result);
          return result;
        })
        .finally(() => running.delete(key));
      running.set(key, made);
      return made;
    },
  };
}

const sizeOf = ({ deflated: { length } }: DeflatedPart): number => Math.max(1, length);

/** The gzip stream of a body; each part is compressed when the stream gets there. @throws as compress */
export async function* gzipStream(
  parts: Iterable<BodyPart>,
  compressor: PartCompressor,
): AsyncGenerator<Buffer, void, undefined> {
  yield header;
  let crc = 0;
  let total = 0;
  for (const part of parts) {
    const { deflated: bytes, crc: partCrc, length } = await compressor.compress(part);
    crc = combinedCrc(crc, partCrc, length);
    total += length;
    yield bytes;
  }
  yield Buffer.concat([lastBlock, trailerOf(crc, total)]);
}

function trailerOf(crc: number, length: number): Buffer {
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return trailer;
}

/** Ends at a byte's boundary, and is not the end of the stream. */
async function deflated(bytes: Buffer): Promise<DeflatedPart> {
  const blocks = await deflate(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return { deflated: blocks, crc: crc32(bytes), length: bytes.length };
}

/** As it is, in blocks without compression. */
function stored(bytes: Buffer): DeflatedPart {
  const blocks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += storedBytes) {
    const block = bytes.subarray(start, start + storedBytes);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    blocks.push(head, block);
  }
  return { deflated: Buffer.concat(blocks), crc: crc32(bytes), length: bytes.length };
}
