/** Everything that can be wrong with an object, found in one go. */
import type { FieldError } from '../../meta/field-error.ts';
import type { KubeObject } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import type { ResourceDefinition } from './contract.ts';

/** An object in its schema's shape, and what the schema has to say against it. */
export interface Shaped<T> {
  readonly object: T;
  readonly errors: readonly FieldError[];
}

/**
 * Pruned and defaulted by the schema, and validated.
 * @param old what is stored now: what is wrong with it already, and is left as it is, is not held against the write
 * @throws StatusError 422 where metadata is not what metadata must be: nothing further can be said of such an object
 */
export function shape<T extends KubeObject>(definition: ResourceDefinition<T>, object: T, old?: T): Shaped<T> {
  const { schema } = definition;
  const shaped = schema.applyDefaults(schema.prune(object));
  const errors = old === undefined ? schema.validate(shaped) : schema.validateUpdate(shaped, old);
  if (errors.some(({ field }) => field === '' || field === 'metadata' || /^metadata[.[]/.test(field))) {
    throw invalidObject(definition, nameOf(object), errors);
  }
  return { object: shaped, errors };
}

/**
 * The strategy's part. Where the schema found fault already, the strategy's findings on other fields are added, so
 * that one answer names them all; should it stumble over the wrong shape, the schema's findings stand alone.
 * @throws StatusError 422 with all findings
 */
export async function prepareAndValidate<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  shaped: Shaped<T>,
  steps: {
    prepare: (object: T) => T | Promise<T>;
    validate: (object: T) => readonly FieldError[] | Promise<readonly FieldError[]>;
  },
): Promise<T> {
  if (shaped.errors.length === 0) {
    const prepared = await steps.prepare(shaped.object);
    const errors = await steps.validate(prepared);
    if (errors.length > 0) throw invalidObject(definition, nameOf(prepared), errors);
    return prepared;
  }
  let further: readonly FieldError[] = [];
  try {
    further = await steps.validate(await steps.prepare(shaped.object));
  } catch {
    // What strategies promise, they promise for objects of the right shape.
  }
  const own = further.filter(({ field }) => !shaped.errors.some((error) => isWithin(field, error.field)));
  throw invalidObject(definition, nameOf(shaped.object), [...shaped.errors, ...own]);
}

/** The same field, or a part of it. Of a whole, more can be wrong than one of its parts. */
function isWithin(field: string, whole: string): boolean {
  return field.startsWith(whole) && (field.length === whole.length || '.['.includes(field.charAt(whole.length)));
}

function nameOf(object: KubeObject): string {
  return typeof object.metadata.name === 'string' ? object.metadata.name : '';
}
