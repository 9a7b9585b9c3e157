import { describe, expect, it } from 'vitest';
import { StatusError } from '../../../../src/meta/status.ts';
import { tracked, type Content, type Tracked } from './tracked.ts';

/** Numbers from 0 up to, and without, `below`; the same ones for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function someOf(random: (below: number) => number, fields: readonly string[]): Content {
  const chosen = fields.filter(() => random(2) === 0);
  return Object.fromEntries(chosen.map((field) => [field, String(random(3))]));
}

const fields = ['a', 'b', 'c', 'd'];

/** Without empty parts: the next step of a write drops those, and this one then sees them come again. */
function content(random: (below: number) => number): Content {
  const [labels, data] = [someOf(random, fields), someOf(random, fields)];
  const has = (part: Content): boolean => Object.keys(part).length > 0;
  return { metadata: { name: 'm', ...(has(labels) ? { labels } : {}) }, ...(has(data) ? { data } : {}) };
}

const plain = (it: Tracked): Content => {
  const { metadata, ...rest } = JSON.parse(JSON.stringify(it.live)) as Content & { metadata: Content };
  const { managedFields, ...others } = metadata;
  expect(managedFields === undefined || Array.isArray(managedFields)).toBe(true);
  return { ...rest, metadata: others };
};

/** Every field that an object has, as FieldsV1 names it. */
const named = (part: unknown): string[] => Object.keys(part ?? {}).map((field) => `f:${field}`);

function step(it: Tracked, random: (below: number) => number): void {
  it.later(random(3));
  const wanted = content(random);
  if (random(2) === 0) {
    it.update(wanted, `updater-${random(14)}`);
    expect(plain(it)).toMatchObject(wanted);
    return;
  }
  const manager = `applier-${random(3)}`;
  const force = random(2) === 0;
  const before = JSON.stringify(it.live);
  try {
    it.apply(wanted, manager, force);
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError);
    expect(force).toBe(false);
    expect(JSON.stringify(it.live)).toBe(before);
    return;
  }
  expect(plain(it)).toMatchObject(wanted);
  const own = it.entries().find((entry) => entry.manager === manager)?.fieldsV1 ?? {};
  const labels = (own['f:metadata'] as Content | undefined)?.['f:labels'];
  expect(Object.keys(own['f:data'] ?? {}).filter((field) => field !== '.')).toEqual(named(wanted['data']));
  expect(Object.keys(labels ?? {}).filter((field) => field !== '.')).toEqual(
    named((wanted['metadata'] as Content)['labels']),
  );
  const after = it.live;
  it.later(60);
  it.apply(wanted, manager, false);
  expect(it.live).toEqual(after);
  expect(Object.keys(it.live ?? {})).toEqual(Object.keys(after ?? {}));
}

describe('whoever writes in whatever order', () => {
  it('gets what is asked for, owns what it applies, and changes nothing by asking again', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = randomOf(seed);
      const it = tracked('ConfigMap');
      for (let at = 0; at < 12; at += 1) step(it, random);
    }
  });

  it('leaves at most ten entries of updates, and entries in one order', () => {
    for (let seed = 200; seed <= 240; seed += 1) {
      const random = randomOf(seed);
      const it = tracked('ConfigMap');
      for (let at = 0; at < 30; at += 1) step(it, random);
      const entries = it.entries();
      expect(entries.filter(({ operation }) => operation === 'Update').length).toBeLessThanOrEqual(10);
      const keys = entries.map(({ operation, time = '', manager }) => `${operation ?? ''} ${time} ${manager ?? ''}`);
      expect(keys).toEqual([...keys].sort());
    }
  });
});
