import type { StatusCause } from '../../../meta/status.ts';
import { StatusError } from '../../../meta/status.ts';
import { quote } from '../../../meta/go-quote.ts';
import { pathString } from '../fieldpath/index.ts';
import type { Conflict } from '../merge/index.ts';
import { ownerOf } from './manager-identifier.ts';

/** 409 for an apply that would take fields from others: one cause a field. @param conflicts sorted by manager */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ manager, path }): StatusCause => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathString(path),
  }));
  return new StatusError(409, 'Conflict', messageOf(conflicts), { causes });
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${managerText(first.manager)}: ${pathString(first.path)}`;
  }
  const lines = conflicts.flatMap(({ manager, path }, index) => {
    const line = `- ${pathString(path)}`;
    return conflicts[index - 1]?.manager === manager ? [line] : [`conflicts with ${managerText(manager)}:`, line];
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** `"kubectl" with subresource "status" using v1`; appliers are named without a version. */
function managerText(identifier: string): string {
  const { manager = '', operation, apiVersion = '', subresource } = ownerOf(identifier);
  const text = quote(manager) + (subresource === undefined ? '' : ` with subresource ${quote(subresource)}`);
  return operation === 'Update' ? `${text} using ${apiVersion}` : text;
}
