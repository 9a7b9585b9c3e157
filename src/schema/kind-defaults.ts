/** The defaults of a kind: those of its schema, and those that a schema cannot express. */
import type { ResourceSchema } from './contract.ts';

interface Defaulted<T> {
  readonly schema: ResourceSchema;
  /** Those that the schema cannot express; of objects of the right shape only. */
  readonly defaults?: (object: T) => T;
}

/**
 * With the kind's own defaults, if the object has the right shape. A stored object may have lost it, and findings about parts
 * that a write does not change are dropped.
 * @param object pruned, with the defaults of the schema
 */
export function withDefaults<T>({ schema, defaults }: Defaulted<T>, object: T): T {
  return defaults === undefined || schema.readable(object) !== object ? object : defaults(object);
}

/**
 * The object with its defaults between two webhooks or policies. It may have lost its shape: then it has those of the schema
 * only, and the last step of admission says what is wrong. Kinds with defaults of their own are decoded between webhooks, so
 * they lose unknown fields and nulls, too.
 * Source: Default in k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go
 */
export function defaultedAgain<T>({ schema, defaults }: Defaulted<T>, object: T): T {
  if (defaults === undefined) return schema.applyDefaults(object);
  return withDefaults({ schema, defaults }, schema.pruneAndDefault(object));
}
