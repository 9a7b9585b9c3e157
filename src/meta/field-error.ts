/**
 * Validation errors that name a field, as k8s.io/apimachinery/pkg/util/validation/field prints them.
 * Validators return lists of them; nothing throws on the first.
 */
import { quote } from './go-quote.ts';

const types = [
  'FieldValueNotFound',
  'FieldValueRequired',
  'FieldValueDuplicate',
  'FieldValueInvalid',
  'FieldValueNotSupported',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
  'InternalError',
] as const;

/** The kind of a field error; it becomes the `reason` of a cause in `Status.details`. */
export type FieldErrorType = (typeof types)[number];

/** Whether the reason of a cause is one of these kinds. */
export function isFieldErrorType(reason: string): reason is FieldErrorType {
  return types.some((type) => type === reason);
}

/** One thing that is wrong with one field of an object. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** "spec.roles[0].members"; map keys in brackets: `metadata.annotations[a/b]`. */
  readonly field: string;
  /** Everything after "field: ", for example `Invalid value: 7: must be at most 3`. */
  readonly message: string;
}

function text(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return value === undefined ? 'null' : JSON.stringify(value);
}

const withDetail = (head: string, detail: string): string => (detail === '' ? head : `${head}: ${detail}`);

/** The value breaks a rule. `detail` says the rule: "must be at most 3". */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: withDetail(`Invalid value: ${text(value)}`, detail) };
}
/** The value has the wrong JSON type. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueTypeInvalid', field, message: withDetail(`Invalid value: ${text(value)}`, detail) };
}
/** A field that must be set is absent or empty. */
export function required(field: string, detail: string): FieldError {
  return { type: 'FieldValueRequired', field, message: withDetail('Required value', detail) };
}
/** The value stands twice in a list that must not repeat it. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${text(value)}` };
}
/** The field must not be set, or must not be changed, in this object. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) };
}
/** The value refers to something that does not exist. */
export function notFoundValue(field: string, value: unknown, detail = ''): FieldError {
  return { type: 'FieldValueNotFound', field, message: withDetail(`Not found: ${text(value)}`, detail) };
}
/** The value is not one of the supported ones, which the message lists in the given order. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const values = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    type: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${text(value)}: supported values: ${values}`,
  };
}
/** The value is longer than `maxLength` bytes. The message does not repeat it. */
export function tooLong(field: string, maxLength: number): FieldError {
  return { type: 'FieldValueTooLong', field, message: `Too long: may not be more than ${maxLength} bytes` };
}
/** The list or map has `actual` items, more than the `max` allowed. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  return { type: 'FieldValueTooMany', field, message: `Too many: ${actual}: must have at most ${max} items` };
}
