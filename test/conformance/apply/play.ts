/** Plays a scenario on a server, and normalises the answers so that those of two servers can be compared. */
import type { Answer, Target } from '../target.ts';
import type { ApplyScenario, ApplyStep } from './scenario.ts';

/** The parts of an answer that must be the same on two servers. */
export interface ApplyAnswer {
  readonly status: number;
  /** The texts of the Warning headers. */
  readonly warnings?: readonly string[];
  readonly body: unknown;
}

/** The values of a server for the words GROUP and NAMESPACE of scenarios. */
export interface Place {
  readonly group: string;
  readonly namespace: string;
}

type JsonObject = Record<string, unknown>;

/** @returns the normalised answers, in the order of the steps of the scenario */
export async function playApply(
  target: Pick<Target, 'ask'>,
  { steps }: ApplyScenario,
  place: Place,
): Promise<ApplyAnswer[]> {
  const names = createNames(place);
  const bodies = new Map<string, unknown>();
  const answers: ApplyAnswer[] = [];
  for (const one of steps) {
    const answer = await target.ask(pathOf(one, names), {
      method: one.method,
      headers: {
        'user-agent': one.userAgent ?? 'conformance/1.0',
        ...(one.contentType === undefined ? {} : { 'content-type': one.contentType }),
      },
      ...bodyOf(one, bodies, names),
    });
    bodies.set(one.step, answer.body);
    answers.push(seen(answer, names));
  }
  return answers;
}

function pathOf({ path, query = {} }: ApplyStep, names: Names): string {
  const search = new URLSearchParams(query).toString();
  return names.real(path) + (search === '' ? '' : `?${search}`);
}

function bodyOf({ body, edit }: ApplyStep, bodies: ReadonlyMap<string, unknown>, names: Names): { body?: string } {
  if (edit !== undefined) {
    const patch: unknown = JSON.parse(names.real(JSON.stringify(edit.patch)));
    return { body: JSON.stringify(mergePatched(bodies.get(edit.of), patch)) };
  }
  if (body === undefined) return {};
  return { body: names.real(typeof body === 'string' ? body : JSON.stringify(body)) };
}

/** Applies a merge patch. Source: RFC 7386. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatched(result.get(key), value));
  }
  return Object.fromEntries(result);
}

interface Names {
  /** The text with the values of the server in place of the names. */
  real(text: string): string;
  /** The name of a value of the server. */
  named(kind: 'revision' | 'uid', value: string): string;
  shown(text: string): string;
}

function createNames({ group, namespace }: Place): Names {
  const nameOf = new Map<string, string>();
  const valueOf = new Map<string, string>();
  const named = (kind: 'revision' | 'uid', value: string): string => {
    const known = nameOf.get(value);
    if (known !== undefined) return known;
    const name = `<${kind} ${[...valueOf.keys()].filter((key) => key.startsWith(`<${kind} `)).length + 1}>`;
    nameOf.set(value, name);
    valueOf.set(name, value);
    return name;
  };
  return {
    named,
    real: (text) =>
      text
        .replace(/<(?:revision|uid) \d+>/g, (name) => valueOf.get(name) ?? name)
        .replaceAll('GROUP', group)
        .replaceAll('NAMESPACE', namespace),
    shown: (text) =>
      text
        .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => named('uid', uid))
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>')
        .replaceAll(group, 'GROUP')
        .replaceAll(namespace, 'NAMESPACE'),
  };
}

function seen({ status, headers, body, text }: Answer, names: Names): ApplyAnswer {
  const warning = headers['warning'];
  const warnings = typeof warning === 'string' ? [warning] : warning;
  return {
    status,
    ...(warnings === undefined ? {} : { warnings: warnings.map((one) => names.shown(one)) }),
    body: normal(body ?? text, '', names),
  };
}

/** Sorts keys by name, and also lists without an order (conflicts) or with an order by time (managers). */
function normal(value: unknown, key: string, names: Names): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, '', names));
    return key === 'causes' || key === 'managedFields' ? items.sort(byText) : items;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [name, normal(inner, name, names)]);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (typeof value !== 'string') return value;
  return key === 'resourceVersion' && value !== '' ? names.named('revision', value) : names.shown(value);
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
