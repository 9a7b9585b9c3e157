import { fieldPath, FieldSet } from '../fieldpath/index.ts';

/**
 * What a write to this part of an object cannot change, and so nobody owns through it: the status through the main
 * resource, everything else through the status. As the strategies of custom resources have it: only metadata, spec and
 * status count.
 * @param hasStatus whether the resource has a status subresource
 */
export function resetFieldsOf(subresource: '' | 'status', hasStatus: boolean): FieldSet | undefined {
  if (!hasStatus) return undefined;
  return subresource === 'status'
    ? FieldSet.of(fieldPath('metadata'), fieldPath('spec'))
    : FieldSet.of(fieldPath('status'));
}
