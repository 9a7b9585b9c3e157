/** Options of writes, from the query. Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
import { forbidden, invalid, notSupported, tooLong, type FieldError } from '../../meta/field-error.ts';
import { invalidObject } from '../../meta/status.ts';
import type { WriteOptions } from '../resource.ts';

/** What happens to unknown and repeated fields: dropped silently, dropped with a warning, or refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The parsed options, with kube-apiserver's defaults. */
export interface WriteQuery extends WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** The API group under which errors name the kinds of options. */
export const metaGroup = 'meta.k8s.io';
const maxFieldManager = 128;

/** Parses the options of a write. @throws StatusError 422 that names the invalid options */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteQuery {
  if (query.size === 0) return { dryRun: false, fieldValidation: 'Warn' };
  const errors: FieldError[] = [];
  const fieldManager = query.get('fieldManager') ?? undefined;
  if (fieldManager !== undefined) errors.push(...fieldManagerErrors(fieldManager));
  const dryRun = query.getAll('dryRun');
  errors.push(...dryRunErrors(dryRun));
  const fieldValidation = asFieldValidation(query.get('fieldValidation') ?? '');
  if (fieldValidation === undefined) {
    errors.push(notSupported('fieldValidation', query.get('fieldValidation'), ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (kind === 'PatchOptions' && query.has('force')) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  if (errors.length > 0) throw invalidObject({ group: metaGroup, kind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation ?? 'Warn',
    ...(fieldManager === undefined ? {} : { fieldManager }),
  };
}

/** Errors for dryRun values other than 'All', in kube-apiserver's words. */
export function dryRunErrors(values: readonly unknown[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];
}

function asFieldValidation(value: string): FieldValidation | undefined {
  if (value === '') return 'Warn';
  return value === 'Ignore' || value === 'Warn' || value === 'Strict' ? value : undefined;
}

function fieldManagerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > maxFieldManager) errors.push(tooLong('fieldManager', maxFieldManager));
  if (/\p{C}/u.test(manager)) {
    errors.push(invalid('fieldManager', manager, 'should only contain printable characters'));
  }
  return errors;
}
