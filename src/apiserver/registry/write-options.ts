/** Options of writes, from the query. Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
import { notSupported, type FieldError } from '../../meta/field-error.ts';
import { invalidObject } from '../../meta/status.ts';
import { ownershipOptionErrors } from '../apply/index.ts';
import { asBoolean } from '../http/request-info.ts';
import type { WriteOptions } from '../resource.ts';

/** What happens to unknown and repeated fields: dropped silently, dropped with a warning, or refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The parsed options, with kube-apiserver's defaults. */
export interface WriteQuery extends WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Server-side apply only: whether fields of other managers are taken over. */
  readonly force?: boolean;
}

/** The API group under which errors name the kinds of options. */
export const metaGroup = 'meta.k8s.io';

/** Parses the options of a write. @param isApply whether it is a server-side apply @throws StatusError 422 that names the invalid options */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteQuery {
  if (query.size === 0 && !isApply) return { dryRun: false, fieldValidation: 'Warn' };
  const fieldManager = query.get('fieldManager') ?? undefined;
  const force = kind === 'PatchOptions' ? (query.get('force') ?? undefined) : undefined;
  const errors: FieldError[] = ownershipOptionErrors(isApply, { fieldManager, force });
  const dryRun = query.getAll('dryRun');
  errors.push(...dryRunErrors(dryRun));
  const fieldValidation = asFieldValidation(query.get('fieldValidation') ?? '');
  if (fieldValidation === undefined) {
    errors.push(notSupported('fieldValidation', query.get('fieldValidation'), ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (errors.length > 0) throw invalidObject({ group: metaGroup, kind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation ?? 'Warn',
    ...(fieldManager === undefined ? {} : { fieldManager }),
    ...(force === undefined ? {} : { force: asBoolean(force) }),
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
