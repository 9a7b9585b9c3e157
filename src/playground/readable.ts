/**
 * Objects in the store that cannot be read as their kind: another version of the program has written them, or a person. All
 * code sees only the readable part of them. Clients see them as they are stored, and can change, correct and delete them.
 */
import type { FieldError } from '../meta/field-error.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import type { ResourceSchema } from '../schema/contract.ts';
import { newFindings } from '../schema/ratcheting.ts';
import type { CallContext, Strategy } from '../apiserver/resource.ts';

type Validate<T extends KubeObject> = (
  context: CallContext,
  object: T,
  old: Stored<T>,
) => FieldError[] | Promise<FieldError[]>;

/**
 * The strategy, whose functions see only objects of the right shape. A write that leaves an object unreadable is not prepared.
 * A write is refused only for what it makes worse. One that corrects an unreadable object is validated as a creation: what was
 * there before was no object of this kind, so that nothing of it must stay.
 */
export function readableStrategy<T extends KubeObject>(schema: ResourceSchema, strategy: Strategy<T>): Strategy<T> {
  const isReadable = (object: T): boolean => schema.readable(object) === object;
  const validated =
    (validate: Validate<T>, validateCorrection: Validate<T>): Validate<T> =>
    async (context, object, old) => {
      const [after, before] = [schema.readable(object), schema.readable(old)];
      if (before !== old && after === object) return validateCorrection(context, object, before);
      const errors = await validate(context, after, before);
      if (errors.length === 0) return errors;
      const known = await validate(context, before, before);
      return newFindings(schema.root, { errors, object: after }, () => ({ errors: known, object: before }));
    };
  const validateStatus: Validate<T> = (context, object, old) =>
    strategy.validateStatusUpdate?.(context, object, old) ?? [];
  return {
    ...strategy,
    guardUpdate: (object, old) => strategy.guardUpdate?.(schema.readable(object), schema.readable(old)),
    prepareForUpdate: (context, object, old) =>
      (isReadable(object) ? strategy.prepareForUpdate?.(context, object, schema.readable(old)) : undefined) ?? object,
    prepareForStatusUpdate: (context, object, old) =>
      (isReadable(object) ? strategy.prepareForStatusUpdate?.(context, object, schema.readable(old)) : undefined) ??
      object,
    validateUpdate: validated(
      (context, object, old) => strategy.validateUpdate?.(context, object, old) ?? [],
      (context, object) => strategy.validateCreate?.(context, object) ?? [],
    ),
    validateStatusUpdate: validated(validateStatus, validateStatus),
    warnings: (object, old) => strategy.warnings?.(schema.readable(object), old && schema.readable(old)) ?? [],
  };
}
