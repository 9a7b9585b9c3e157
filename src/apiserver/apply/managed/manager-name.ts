/** Names of field managers. Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation, k8s.io/apiserver/pkg/endpoints/handlers. */
import { forbidden, invalid, required, tooLong, type FieldError } from '../../../meta/field-error.ts';
import type { ManagedFieldsEntry } from '../../../meta/object.ts';

/** Bytes. */
const maxManager = 128;
/** Bytes. */
const maxSubresource = 256;
/** Letters, marks, numbers, punctuation, symbols, and the plain space: what Go counts as printable. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
/** Most names are such: their characters need not be looked at one by one. */
const plain = /^[ -~]*$/;

/**
 * The manager of a write that names none: the User-Agent up to its first "/", without what cannot be printed, cut to the
 * longest name allowed. Empty where there is nothing left; such a manager is recorded as "unknown".
 */
export function defaultManager(userAgent: string): string {
  const [product = ''] = userAgent.split('/', 1);
  if (product.length <= maxManager && plain.test(product)) return product;
  let name = '';
  let bytes = 0;
  for (const character of product) {
    if (!printable.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > maxManager) break;
    name += character;
  }
  return name;
}

/** What is wrong with the name of a manager that a client gives. An empty one is as good as none. */
export function managerErrors(manager: string, field: string): FieldError[] {
  const errors = Buffer.byteLength(manager) > maxManager ? [tooLong(field, maxManager)] : [];
  if (plain.test(manager)) return errors;
  let position = 0;
  for (const character of manager) {
    if (!printable.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(field, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

/**
 * What is wrong with the options of a patch as far as they are about ownership: an apply needs a manager, and only an
 * apply may have `force`.
 * @param options the texts of the query; undefined where it has none
 */
export function ownershipOptionErrors(
  isApply: boolean,
  { fieldManager, force }: { readonly fieldManager?: string | undefined; readonly force?: string | undefined },
): FieldError[] {
  const errors: FieldError[] = [];
  if (isApply && (fieldManager ?? '') === '') errors.push(required('fieldManager', 'is required for apply patch'));
  if (!isApply && force !== undefined) errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  return [...errors, ...managerErrors(fieldManager ?? '', 'fieldManager')];
}

/** What is wrong with the names in managedFields that could be decoded. `path` is the field that the errors name. */
export function managedFieldsErrors(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return (entries ?? []).flatMap(({ manager = '', subresource = '' }, index) => [
    ...managerErrors(manager, `${path}[${index}].manager`),
    ...(Buffer.byteLength(subresource) > maxSubresource
      ? [tooLong(`${path}[${index}].subresource`, maxSubresource)]
      : []),
  ]);
}
