/**
 * The validator's findings in the words in which a CustomResourceDefinition's validation answers.
 * Source: k8s.io/apiextensions-apiserver/pkg/apiserver/validation, k8s.io/kube-openapi/pkg/validation/errors
 */
import type { ErrorObject } from 'ajv';
import {
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  type FieldError,
} from '../meta/field-error.ts';
import { isJsonObject } from '../meta/json.ts';
import { emptyKeyword, integerKeyword, quantityKeyword, shallowKeyword, uniqueKeyword } from './json-schema.ts';
import { maxDepth } from './depth.ts';
import { numberFormats } from './formats.ts';
import { getOwn } from './own-keys.ts';

/** "/spec/roles/0/members" in this object as "spec.roles[0].members". */
function fieldPath(pointer: string, object: unknown): string {
  let path = '';
  let value: unknown = object;
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      path += `[${key}]`;
      value = value[Number(key)];
    } else {
      path = path === '' ? key : `${path}.${key}`;
      value = isJsonObject(value) ? getOwn(value, key) : undefined;
    }
  }
  return path;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Where a format stands beside the type, numbers are spoken of by their Go type. */
function typeError(field: string, error: ErrorObject): FieldError {
  const types = [(error.params as { type: string | string[] }).type].flat().filter((type) => type !== 'null');
  const format = (error.parentSchema as { format?: string } | undefined)?.format;
  const byFormat = format !== undefined && typeof error.data === 'number';
  const goName = Number.isInteger(error.data) ? 'int64' : 'float64';
  const [wanted, got] = byFormat ? [format, goName] : [types.join(','), typeName(error.data)];
  return typeInvalid(field, got, `${field} in body must be of type ${wanted}: ${JSON.stringify(got)}`);
}

/** An integer that Go's int64 does not hold is none to Kubernetes; one that a double does not hold is not kept exactly here. */
function integerError(field: string, data: unknown, wanted: string): FieldError {
  const value = Number(data);
  if (value >= -(2 ** 63) && value < 2 ** 63) {
    const [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    return invalid(field, value, `${field} in body must be between ${least} and ${most}, which is kept exactly`);
  }
  const got = Object.hasOwn(numberFormats, wanted) ? 'float64' : 'number';
  return typeInvalid(field, got, `${field} in body must be of type ${wanted}: ${JSON.stringify(got)}`);
}

/** What should have been base64 is a Secret's plain text more often than not, and errors end up in logs: never quoted. */
function formatError(field: string, format: string, value: unknown): FieldError {
  if (format === 'byte') return notBase64(field);
  if (Object.hasOwn(numberFormats, format)) {
    return invalid(field, value, `Checked value must be of type integer with format ${format} in ${field}`);
  }
  return typeInvalid(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`);
}

function notBase64(field: string): FieldError {
  return {
    type: 'FieldValueTypeInvalid',
    field,
    message: `Invalid value: ${field} in body must be of type byte: it is not base64`,
  };
}

const quantityForm = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** One finding as a field error. */
export function toFieldError(error: ErrorObject, object: unknown): FieldError {
  const field = fieldPath(error.instancePath, object);
  const { data } = error;
  const params = error.params as Record<string, unknown>;
  const limit = Number(params['limit']);
  const size = Array.isArray(data) ? data.length : 0;
  switch (error.keyword) {
    case 'type':
      return typeError(field, error);
    case 'required':
      return required(
        field === '' ? String(params['missingProperty']) : `${field}.${String(params['missingProperty'])}`,
        '',
      );
    case 'enum':
      return notSupported(field, data, enumWords(params['allowedValues'], error.parentSchema));
    case 'format':
      return formatError(field, String(params['format']), data);
    case 'pattern':
      return invalid(field, data, `${field} in body should match '${String(params['pattern'])}'`);
    case 'minLength':
      return invalid(field, data, `${field} in body should be at least ${limit} chars long`);
    case 'maxLength':
      return tooLong(field, limit);
    case 'minimum':
      return invalid(field, data, `${field} in body should be greater than or equal to ${limit}`);
    case 'maximum':
      return invalid(field, data, `${field} in body should be less than or equal to ${limit}`);
    case 'minItems':
      return invalid(field, size, `${field} in body should have at least ${limit} items`);
    case 'maxItems':
      return tooMany(field, size, limit);
    case uniqueKeyword:
      if (params['isNoObject'] === true) return invalid(field, data, 'must be an object for an array of list-type map');
      return duplicate(field, params['value']);
    case integerKeyword:
      return integerError(field, data, String(params['wanted']));
    case quantityKeyword:
      return invalid(field, data, quantityForm);
    case shallowKeyword:
      return invalid(field, typeName(data), `${field} in body should not be nested more than ${maxDepth} levels deep`);
    default:
      return invalid(field, typeName(data), `${field} in body ${error.message ?? 'is not valid'} (${error.keyword})`);
  }
}

const enumWords = (values: unknown, schema: object | undefined): string[] =>
  (Array.isArray(values) ? (values as unknown[]) : [])
    .filter((value) => value !== null && !(value === '' && schema !== undefined && emptyKeyword in schema))
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
