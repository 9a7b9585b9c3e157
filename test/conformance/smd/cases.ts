/** Cases of the property test, in the form that is sent to structured-merge-diff. */
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import type { SmdSchema } from './smd-schema.ts';

export interface Types {
  readonly smd?: SmdSchema;
  readonly openapi?: OpenApiSchemas;
}

/** Names of types by version. "v1" always exists. In other versions the fields of the root have other names. */
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

/** All operations with two values and a set of fields. */
export interface TypedCase {
  readonly kind: 'typed';
  readonly types: Types;
  /** The name of a type, or '' for a deduced one. */
  readonly type: string;
  readonly a: unknown;
  readonly b: unknown;
  readonly items: unknown;
}

/** All operations with two texts, which may be FieldsV1. */
export interface FieldsCase {
  readonly kind: 'fields';
  readonly left: string;
  readonly right: string;
}

export type Case = SequenceCase | TypedCase | FieldsCase;
