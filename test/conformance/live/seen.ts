/** The parts of an answer that must be the same on two servers. */
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Answer } from '../target.ts';
import type { Names } from './names.ts';

export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The form of JSON: indented or compact, with or without a newline at its end. */
  readonly form?: string;
  readonly body: unknown;
}

/** Headers of the connection, and headers with random values. */
const ignoredHeaders = new Set([
  ...['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'],
  ...['x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'],
]);
/** Headers whose presence is compared, but not their value. */
const randomHeaders = new Set(['audit-id', 'etag', 'last-modified']);

export interface SeenOptions {
  readonly only?: ((body: unknown) => unknown) | undefined;
  readonly revisions: boolean;
}

export function seen(answer: Answer, names: Names, { only, revisions }: SeenOptions): Seen {
  const view = { names, revisions };
  const isYaml = /yaml/.test(String(answer.headers['content-type']));
  const decoded = answer.body ?? (isYaml ? documents(answer.text) : lines(answer.text));
  const body = normal(decoded, '', view);
  return {
    status: answer.status,
    headers: headers(answer, names),
    ...(typeof answer.body === 'object' ? { form: form(answer.text) } : {}),
    body: only === undefined ? body : only(body),
  };
}

function headers(answer: Answer, names: Names): Record<string, unknown> {
  const found = Object.entries(answer.headers)
    .filter(([name]) => !ignoredHeaders.has(name))
    .map(([name, value]): [string, unknown] => {
      if (randomHeaders.has(name)) return [name, '<present>'];
      return [name, typeof value === 'string' ? names.shown(value) : value];
    });
  return Object.fromEntries(found);
}

function form(text: string): string {
  return `${/^[[{]\n/.test(text) ? 'indented' : 'compact'}, ${text.endsWith('\n') ? 'newline' : 'no newline'} at its end`;
}

/** Decodes YAML, because the same document can be written in many ways. */
function documents(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

/** The lines of a stream of JSON, or of another text. */
function lines(text: string): unknown[] {
  return text.split('\n').map((line) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      return line;
    }
  });
}

interface View {
  readonly names: Names;
  readonly revisions: boolean;
}

/** Sorts keys by name, and also lists without an order (conflicts) or with an order by time (managers). */
function normal(value: unknown, key: string, view: View): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, '', view));
    if (key === 'verbs') return items.sort(byText);
    const isUnordered = key === 'causes' || key === 'managedFields';
    return isUnordered ? items.sort(byText).filter((item, at) => !isDeepStrictEqual(item, items[at - 1])) : items;
  }
  if (isObject(value)) return normalObject(value, view);
  if (typeof value !== 'string') return value;
  if (/^\d+s$/.test(value)) return '<age>';
  // kube-apiserver validates the metadata of custom resources twice, and then reports each cause twice.
  return view.names.shown(key === 'message' ? value.replace(/(?<= is invalid: )\[(.*?)(, \1)+\]$/s, '$1') : value);
}

function normalObject(value: Record<string, unknown>, view: View): unknown {
  const hasUid = 'uid' in value;
  const entries = Object.entries(value).map(([inner, found]): [string, unknown] => {
    if (typeof found === 'string' && inner === 'resourceVersion' && found !== '' && found !== '0') {
      if (!hasUid) return [inner, view.names.fresh('list', found)];
      return [inner, view.revisions ? view.names.known('revision', found) : '<revision>'];
    }
    if (typeof found === 'string' && inner === 'continue' && found !== '') {
      return [inner, view.names.fresh('continue', found)];
    }
    return [inner, normal(found, inner, view)];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
