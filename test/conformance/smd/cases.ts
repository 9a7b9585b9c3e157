/** Cases of the property test, as they are sent to structured-merge-diff. */
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import type { SmdSchema } from './smd-schema.ts';

export interface Types {
  readonly smd?: SmdSchema;
  readonly openapi?: OpenApiSchemas;
}

/** Names of types by version. "v1" is always there; other versions have the same fields with other names at the root. */
export type Versions = Readonly<Record<string, string>>;

export interface Step {
  readonly op: 'update' | 'apply' | 'types';
  readonly version?: string;
  readonly manager?: string;
  readonly force?: boolean;
  readonly object?: unknown;
  readonly types?: Types;
  readonly versions?: Versions;
}

/** Writes by several managers, one after the other. */
export interface SequenceCase {
  readonly kind: 'sequence';
  readonly types: Types;
  readonly versions: Versions;
  /** Fields that a write in a version resets, as FieldsV1. */
  readonly ignored?: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/** What there is to do with two values and a set of fields. */
export interface TypedCase {
  readonly kind: 'typed';
  readonly types: Types;
  /** '' for deduced. */
  readonly type: string;
  readonly a: unknown;
  readonly b: unknown;
  readonly items: unknown;
}

/** What there is to do with two texts that may be FieldsV1. */
export interface FieldsCase {
  readonly kind: 'fields';
  readonly left: string;
  readonly right: string;
}

export type Case = SequenceCase | TypedCase | FieldsCase;
