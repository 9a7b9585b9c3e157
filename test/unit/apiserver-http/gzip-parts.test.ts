import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BodyPart } from '../../../src/apiserver/exchange.ts';
import { combinedCrc } from '../../../src/apiserver/http/crc32.ts';
import { createPartCompressor, gzipStream } from '../../../src/apiserver/http/gzip-parts.ts';

describe('the CRC-32 of two parts', () => {
  it.each([0, 1, 7, 65_536, 1_234_567])('is that of both together, the second of %i bytes', (length) => {
    const [first, second] = [randomBytes(999), randomBytes(length)];
    const together = combinedCrc(crc32(first), crc32(second), length);
    expect(together).toBe(crc32(Buffer.concat([first, second])));
  });

  it('is that of the second where the first is empty', () => {
    expect(combinedCrc(0, crc32('second'), 6)).toBe(crc32('second'));
  });
});

describe('a gzip stream of parts', () => {
  let made = 0;
  const part = (bytes: Buffer, key: object | undefined = {}): BodyPart => ({
    key,
    bytes: () => {
      made += 1;
      return bytes;
    },
  });
  const text = (letter: string, length = 300_000): Buffer => Buffer.alloc(length, `${letter} is a letter; `);

  it('unpacks to the parts, one after the other, as one member', async () => {
    const bodies = [
      Buffer.from('{"items":['),
      text('a'),
      randomBytes(70_000),
      text('b'),
      Buffer.from(']}'),
      Buffer.alloc(0),
    ];
    const parts = bodies.map((body, at) => part(body, at === 0 || at > 3 ? undefined : {}));
    const stream = await buffer(gzipStream(parts, createPartCompressor()));
    expect(gunzipSync(stream).equals(Buffer.concat(bodies))).toBe(true);
    expect(stream.length).toBeLessThan(100_000);
    // A member ends with its size; a second one would begin with the same bytes as the first.
    expect(stream.indexOf(stream.subarray(0, 4), 4)).toBe(-1);
    expect(stream.readUInt32LE(stream.length - 4)).toBe(Buffer.concat(bodies).length);
  });

  it('can have a large part without a key, which is not compressed', async () => {
    const large = randomBytes(200_000);
    const stream = await buffer(gzipStream([part(large, undefined)], createPartCompressor()));
    expect(gunzipSync(stream).equals(large)).toBe(true);
  });

  it('can be empty', async () => {
    expect(gunzipSync(await buffer(gzipStream([], createPartCompressor())))).toHaveLength(0);
  });

  it('compresses a part once, for streams at the same time and later ones', async () => {
    const compressor = createPartCompressor();
    const [a, b] = [part(text('a')), part(text('b'))];
    made = 0;
    const [one, two] = await Promise.all(
      [
        [a, b],
        [b, a],
      ].map((parts) => buffer(gzipStream(parts, compressor))),
    );
    expect(
      gunzipSync(one ?? '')
        .subarray(0, 4)
        .toString(),
    ).toBe('a is');
    expect(
      gunzipSync(two ?? '')
        .subarray(0, 4)
        .toString(),
    ).toBe('b is');
    expect((await buffer(gzipStream([a, b], compressor))).equals(one ?? Buffer.alloc(0))).toBe(true);
    expect(made).toBe(2);
  });

  it('compresses a part anew after a failure', async () => {
    const compressor = createPartCompressor();
    const key = {};
    const broken: BodyPart = {
      key,
      bytes: () => {
        throw new Error('ENOMEM');
      },
    };
    await expect(buffer(gzipStream([broken], compressor))).rejects.toThrow('ENOMEM');
    expect(gunzipSync(await buffer(gzipStream([part(text('a'), key)], compressor)))).toHaveLength(300_000);
  });
});
