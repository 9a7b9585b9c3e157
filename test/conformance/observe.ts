/** The parts of an answer that must be the same on two servers. Identities, times and revisions are renamed. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './target.ts';

export interface Observation {
  readonly step: string;
  readonly status: number;
  readonly seen: unknown;
}

/** Gives each uid, time and revision a name by the order of its first appearance. */
export function createNormalizer(): (value: unknown) => unknown {
  const names = new Map<string, string>();
  const rename = (kind: string, value: string): string => {
    const known = names.get(`${kind}:${value}`);
    if (known !== undefined) return known;
    const name = `<${kind} ${[...names.keys()].filter((key) => key.startsWith(`${kind}:`)).length + 1}>`;
    names.set(`${kind}:${value}`, name);
    return name;
  };
  const normalize = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => normalize(item));
      // kube-apiserver validates the metadata of custom resources twice, and then reports each cause twice.
      return key === 'causes' ? items.filter((item, at) => !isDeepStrictEqual(item, items[at - 1])) : items;
    }
    if (typeof value === 'object' && value !== null) {
      // The version of a list or a bookmark is that of the store, to which other clients write, too.
      if ('resourceVersion' in value && value.resourceVersion !== '0' && !('uid' in value))
        return normalize({ ...value, resourceVersion: '0' });
      const entries = Object.entries(value)
        // managedFields are compared by other tests; an empty continue means the same as an absent one.
        .filter(([name, inner]) => name !== 'managedFields' && !(name === 'continue' && inner === ''))
        .map(([name, inner]): [string, unknown] => [name, normalize(inner, name)]);
      return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    if (typeof value !== 'string') return value;
    if (key === 'resourceVersion') return value === '' || value === '0' ? value : rename('revision', value);
    if (key === 'continue') return '<continue>';
    return value
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => rename('uid', uid))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>');
  };
  return normalize;
}

/** An object in full, and a stream as its lines. */
export function observe(step: string, answer: Answer, normalize: (value: unknown) => unknown): Observation {
  const warnings = answer.headers['warning'];
  const body =
    answer.body ??
    answer.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parsed(line));
  return {
    step,
    status: answer.status,
    seen: normalize({ body, ...(warnings === undefined ? {} : { warnings }) }),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
