/** The differences between two answers, field by field. */
import { isDeepStrictEqual } from 'node:util';
import type { Seen } from './seen.ts';

export interface Difference {
  /** "SCENARIO: STEP" */
  readonly step: string;
  /** How our server was called: through kube-apiserver, or directly. */
  readonly way: 'aggregated' | 'direct';
  /** "body.metadata.labels", "status", "headers.warning" */
  readonly field: string;
  readonly kubernetes: unknown;
  readonly ours: unknown;
  /** The status codes of kube-apiserver and of our server, if they differ, too. */
  readonly codes?: readonly [number, number];
}

/** @param scenario the name of the scenario */
export function differences(
  scenario: string,
  way: Difference['way'],
  kubernetes: ReadonlyMap<string, Seen>,
  ours: ReadonlyMap<string, Seen>,
): Difference[] {
  return [...kubernetes].flatMap(([step, expected]) => {
    const found = ours.get(step);
    return fieldsOf(expected, found).map((one) => ({ step: `${scenario}: ${step}`, way, ...one }));
  });
}

/** If the status codes differ, the bodies are compared as a whole. */
function fieldsOf(one: Seen, other: Seen | undefined): FieldDifference[] {
  if (other === undefined || one.status === other.status) return fields('', one, other);
  const codes = [one.status, other.status] as const;
  return [
    { field: 'status', kubernetes: one.status, ours: other.status, codes },
    { field: 'body', kubernetes: one.body, ours: other.body, codes },
  ];
}

type FieldDifference = Omit<Difference, 'step' | 'way'>;

function fields(path: string, one: unknown, other: unknown): FieldDifference[] {
  if (isDeepStrictEqual(one, other)) return [];
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (isObject(one) && isObject(other) && Array.isArray(one) === Array.isArray(other)) {
    const [of, ofOther] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
    const keys = [...new Set([...of.keys(), ...ofOther.keys()])];
    return keys.flatMap((key) => fields(path === '' ? key : `${path}.${key}`, of.get(key), ofOther.get(key)));
  }
  return [{ field: path, kubernetes: one, ours: other }];
}
