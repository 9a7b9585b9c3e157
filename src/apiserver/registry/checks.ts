/** Validation of an object by its schema and its strategy; all findings are reported together. */
import type { FieldError } from '../../meta/field-error.ts';
import type { KubeObject } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import { inTurn } from '../../runtime/steps.ts';
import { pause } from '../../runtime/turns.ts';
import { withDefaults } from '../../schema/kind-defaults.ts';
import type { CallContext, ResourceDefinition } from '../resource.ts';

/** An object pruned and defaulted by its schema, with the schema's findings. */
export interface Shaped<T> {
  readonly object: T;
  readonly errors: readonly FieldError[];
}

/**
 * Prunes and defaults the object by the schema, and validates it. Sets the kind's own defaults if it has the right shape.
 * @param old what is stored now; findings on fields that this write leaves unchanged are not reported
 * @throws StatusError 422 if metadata itself has the wrong shape: no further check makes sense then
 */
export async function shape<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  context: CallContext,
  object: T,
  old?: T,
): Promise<Shaped<T>> {
  const { schema } = definition;
  await pause(context);
  const shaped = schema.pruneAndDefault(object);
  const found = await inTurn(schema.validateSteps(shaped, old), context);
  const errors = found.filter((error) => !isMissingOfOwner(error));
  if (errors.some(({ field }) => field === '' || field === 'metadata' || /^metadata[.[]/.test(field))) {
    throw invalidObject(definition, nameOf(object), errors);
  }
  return { object: errors.length === 0 ? withDefaults(definition, shaped) : shaped, errors };
}

/** What an owner lacks is told by the validation of metadata, in its own words. */
function isMissingOfOwner({ type, field }: FieldError): boolean {
  return type === 'FieldValueRequired' && field.startsWith('metadata.ownerReferences[');
}

/**
 * Runs the strategy's prepare and validate. If the schema had findings, the strategy's findings on other fields are
 * added, so that one answer names them all. If the strategy throws because of the wrong shape, only the schema's
 * findings count.
 * @throws StatusError 422 with all findings
 */
export async function prepareAndValidate<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  context: CallContext,
  shaped: Shaped<T>,
  steps: {
    prepare: (object: T) => T | Promise<T>;
    validate: (object: T) => readonly FieldError[] | Promise<readonly FieldError[]>;
  },
): Promise<T> {
  await pause(context);
  if (shaped.errors.length === 0) {
    const prepared = await steps.prepare(shaped.object);
    await pause(context);
    const errors = await steps.validate(prepared);
    if (errors.length > 0) throw invalidObject(definition, nameOf(prepared), errors);
    await pause(context);
    return prepared;
  }
  let further: readonly FieldError[] = [];
  try {
    further = await steps.validate(await steps.prepare(withDefaults(definition, shaped.object)));
  } catch {
    // A strategy is only required to work on objects of the right shape.
  }
  const own = further.filter((finding) => !shaped.errors.some((error) => follows(finding, error)));
  throw invalidObject(definition, nameOf(shaped.object), [...shaped.errors, ...own]);
}

/**
 * Whether a finding is about what the schema found fault with, or about a whole that cannot be judged because a part of it
 * has the wrong type. What is forbidden is so whatever the parts are.
 */
function follows({ type, field }: FieldError, error: FieldError): boolean {
  if (isWithin(field, error.field)) return true;
  return error.type === 'FieldValueTypeInvalid' && type !== 'FieldValueForbidden' && isWithin(error.field, field);
}

/** The same field or a part of it. A finding on a part is dropped if the whole already has one. */
function isWithin(field: string, whole: string): boolean {
  return field.startsWith(whole) && (field.length === whole.length || '.['.includes(field.charAt(whole.length)));
}

function nameOf(object: KubeObject): string {
  return typeof object.metadata.name === 'string' ? object.metadata.name : '';
}
