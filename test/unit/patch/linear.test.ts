import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/apiserver/patch/index.ts';
import { growth, linearGrowth, orRefused, processorMs } from '../../support/growth.ts';
import { thingSchema } from '../schema/thing.ts';

const schema = thingSchema();
const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

function work(type: keyof typeof types, current: object, patch: unknown): () => object {
  const body = Buffer.from(JSON.stringify(patch));
  return () => applyPatch({ contentType: types[type], body, current, schema });
}

const list = (length: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length }, (_, index) => make(index));
const fields = (length: number): object =>
  Object.fromEntries(list(length, (index) => [`k${index}`, index]) as [string, unknown][]);
const tooLarge = expect.objectContaining({
  code: 413,
  message: expect.stringMatching(/^Request entity too large: /) as string,
}) as Error;

describe('a patch', () => {
  it.each<[string, (size: number) => () => object]>([
    [
      'pointers of many steps',
      (size) => work('json', { spec: {} }, [{ op: 'add', path: '/a'.repeat(100 * size), value: 1 }]),
    ],
    [
      'pointers of one long step',
      (size) => work('json', { spec: {} }, [{ op: 'test', path: `/${'~1'.repeat(100 * size)}`, value: 1 }]),
    ],
    [
      'operations that are none',
      (size) =>
        work(
          'json',
          { spec: {} },
          list(size, () => ({ op: 'x'.repeat(100), path: '/spec' })),
        ),
    ],
    [
      'members that are not known',
      (size) =>
        work(
          'json',
          { spec: {} },
          list(size, () => ({ op: 'test', path: '/a', value: null, other: 1 })),
        ),
    ],
    [
      'many fields merged',
      (size) => work('merge', { spec: { free: fields(4 * size) } }, { spec: { free: fields(4 * size) } }),
    ],
    [
      'lists merged by key',
      (size) => {
        const map = list(size, (index) => ({ id: `${index}`, v: 1 }));
        return work('strategic', { spec: { map } }, { spec: { map: [...map].reverse() } });
      },
    ],
    [
      'lists with a long key, and others beside it',
      (size) => {
        const live = [{ id: 'x'.repeat(100 * size) }];
        return work(
          'strategic',
          { spec: { map: live } },
          { spec: { map: list(size, (index) => ({ id: `${index}` })) } },
        );
      },
    ],
    [
      'an order for a long list',
      (size) => {
        const map = list(size, (index) => ({ id: `${index}` }));
        return work('strategic', { spec: { map } }, { spec: { '$setElementOrder/map': [...map].reverse() } });
      },
    ],
  ])('takes time in proportion to its size: %s', async (_, prepare) => {
    const patch = (size: number): (() => unknown) => orRefused(prepare(size));
    expect(await growth(patch, 500)).toBeLessThan(linearGrowth);
  });

  it.each<[string, () => () => object]>([
    [
      'items put before the first of a long list',
      () =>
        work(
          'json',
          { a: list(60_000, () => 0) },
          list(9_000, () => ({ op: 'add', path: '/a/0', value: 1 })),
        ),
    ],
    [
      'copies of copies',
      () =>
        work(
          'json',
          { a: fields(1_000) },
          list(40, () => ({ op: 'copy', from: '/a', path: '/a/b' })),
        ),
    ],
    [
      'one large element of a list named again and again',
      () =>
        work(
          'strategic',
          { spec: { map: [{ id: 'a', ...fields(20_000) }] } },
          { spec: { map: list(9_000, () => ({ id: 'a', v: 1 })) } },
        ),
    ],
    [
      'more operations than there may be',
      () =>
        work(
          'json',
          {},
          list(10_001, () => ({ op: 'test', path: '/a', value: null })),
        ),
    ],
    ['more fields than are read', () => work('merge', {}, { spec: { free: fields(70_000) } })],
    ['more items than are read', () => work('merge', {}, { spec: { free: { list: list(110_000, () => 0) } } })],
  ])('that would cost the product of two sizes is refused: %s', async (_, prepare) => {
    const apply = prepare();
    expect(await processorMs(orRefused(apply))).toBeLessThan(2_000);
    expect(apply).toThrow(tooLarge);
  });

  it('of the largest size that people have is applied', () => {
    const map = list(15_000, (index) => ({ id: `${index}`, v: 1 }));
    const patched = work(
      'strategic',
      { spec: { map } },
      { spec: { map: map.map((one) => ({ ...(one as object), v: 2 })) } },
    )();
    expect((patched as { spec: { map: { v: number }[] } }).spec.map.every(({ v }) => v === 2)).toBe(true);
    const operations = list(10_000, (index) => ({ op: 'replace', path: `/spec/map/${index}/v`, value: 3 }));
    const replaced = work('json', { spec: { map } }, operations)();
    expect((replaced as { spec: { map: { v: number }[] } }).spec.map[9_999]?.v).toBe(3);
  });

  it('tells of a long path no more than its beginning', () => {
    const path = `/${'x'.repeat(100_000)}`;
    const apply = work('json', {}, [{ op: 'remove', path }]);
    expect(apply).toThrow(
      expect.objectContaining({ code: 422, message: expect.stringMatching(/^.{0,1000}$/) as string }),
    );
  });
});
