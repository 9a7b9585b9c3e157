// The ClusterRoles that installations give to users, for the playground, which installs no manifests.
import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { parseAllDocuments } from 'yaml';

/** A module that exports them all, as plain data. */
export async function userRolesSource(path: string): Promise<string> {
  const roles = parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as unknown);
  const text = `/** Generated from ${path} by tools/generate.ts. */
import type { ClusterRole } from '../kinds.ts';

export const userRoles: readonly ClusterRole[] = ${JSON.stringify(roles)};
`;
  return format(text, { parser: 'typescript', singleQuote: true, printWidth: 120 });
}
