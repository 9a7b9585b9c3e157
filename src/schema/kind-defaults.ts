/** The defaults of a kind: those of its schema, and those that a schema cannot express. */
import type { ResourceSchema } from './contract.ts';

interface Defaulted<T> {
  readonly schema: ResourceSchema;
  /** Those that the schema cannot express; of objects of the right shape only. */
  readonly defaults?: (object: T) => T;
}

/** With the kind's own defaults. @param object of the right shape */
export function withDefaults<T>({ defaults }: Pick<Defaulted<T>, 'defaults'>, object: T): T {
  return defaults === undefined ? object : defaults(object);
}

/**
 * The object with its defaults between two webhooks or policies. It may have lost its shape: then it has those of the schema
 * only, and the last step of admission says what is wrong. Kinds with defaults of their own are decoded between webhooks, so
 * they lose unknown fields and nulls, too.
 * Source: Default in k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go
 */
export function defaultedAgain<T>({ schema, defaults }: Defaulted<T>, object: T): T {
  if (defaults === undefined) return schema.applyDefaults(object);
  const shaped = schema.pruneAndDefault(object);
  return schema.readable(shaped) === shaped ? defaults(shaped) : shaped;
}
