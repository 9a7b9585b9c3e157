/** What a kube-apiserver 1.37 answered about ownership (test/conformance/record-apply.ts wrote it down). */
import { readFileSync } from 'node:fs';
import kubernetes from '../../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { kubedirectorSchemas } from '../../../../src/apis/kubedirector/schemas.gen.ts';
import type { KubeObject } from '../../../../src/meta/object.ts';
import type { OpenApiSchemas, ResourceSchema } from '../../../../src/schema/contract.ts';
import { createResourceSchema } from '../../../../src/schema/index.ts';
import type { ApplyAnswer } from '../../../conformance/apply/play.ts';
import type { ApplyStep } from '../../../conformance/apply/scenario.ts';

export type RecordedStep = ApplyStep & { readonly answer: ApplyAnswer };

export interface Recorded {
  readonly name: string;
  readonly steps: readonly RecordedStep[];
}

/** Stands for every time. */
export const time = '2026-01-01T00:00:00Z';

const file = new URL('../../../conformance/recorded/apply.json', import.meta.url);
export const scenarios = JSON.parse(readFileSync(file, 'utf8').replaceAll('"<time>"', `"${time}"`)) as Recorded[];

const schemas = { ...kubernetes.components.schemas, ...kubedirectorSchemas } as OpenApiSchemas;
export const schemaOf = (name: string): ResourceSchema => createResourceSchema(name, schemas);

export const forced = ({ query }: ApplyStep): boolean => !['false', '0', undefined].includes(query?.['force']);

/** The entries in the order of their text. Times count as present or absent only. */
export function entriesOf({ metadata }: Pick<KubeObject, 'metadata'>): unknown[] {
  const entries = metadata.managedFields ?? [];
  return sorted(entries.map((entry) => ('time' in entry ? { ...entry, time } : entry)));
}

/** Their JSON, in order. */
export const sorted = (items: readonly unknown[]): string[] =>
  items.map((item) => JSON.stringify(ordered(item))).sort();

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]));
}
