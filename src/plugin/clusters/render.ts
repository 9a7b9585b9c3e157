/** Views as text. */
import type { ClusterView, Finding, MemberView, Progress } from '../../view/contract.ts';

/** A table with a heading, as kubectl prints it. Texts of any length come last. */
export function listText(
  views: readonly ClusterView[],
  { withNamespace, isWide }: { readonly withNamespace: boolean; readonly isWide: boolean },
): string {
  if (views.length === 0) return 'There are no clusters.\n';
  const columns: (readonly [heading: string, cell: (view: ClusterView) => string])[] = [
    ...(withNamespace ? [['NAMESPACE', ({ namespace }: ClusterView) => namespace] as const] : []),
    ['NAME', ({ name }) => name],
    ['APP', ({ app }) => app],
    ['STATE', stateOf],
    ['SET UP', ({ setUp }) => progress(setUp)],
    ...(isWide ? wideColumns : []),
    ['AGE', ({ age }) => age],
    ['LAST WORDS', ({ lastWords }) => lastWords ?? ''],
  ];
  const heading = columns.map(([text]) => text);
  return table([heading, ...views.map((view) => columns.map(([, cell]) => cell(view)))]);
}

const wideColumns = [
  ['UPDATED', ({ roll }: ClusterView) => (roll === undefined ? '' : progress(roll))],
  ['RESTARTS', ({ roles }: ClusterView) => String(restartsOf(roles))],
  ['ROLES', ({ roles }: ClusterView) => roles.map(({ id, setUp }) => `${id} ${progress(setUp)}`).join(', ')],
] as const;

const restartsOf = (roles: ClusterView['roles']): number =>
  roles.flatMap(({ members }) => members).reduce((sum, { restarts }) => sum + restarts, 0);

/** The cluster, below it its roles, below them their members and their services. */
export function treeText(view: ClusterView): string {
  const lines = [
    `${view.name} (${stateOf(view)}, app ${view.app}, ${progress(view.setUp)} set up, ${view.age})`,
    ...(view.lastWords === undefined ? [] : [`  ${view.lastWords}`]),
  ];
  for (const role of view.roles) {
    const allowed = role.cardinality === undefined ? '' : ` of ${role.cardinality}`;
    const roll = role.roll === undefined ? '' : `, ${progress(role.roll)} updated`;
    lines.push(`  ${role.id}${allowed}: ${progress(role.setUp)} set up${roll}`);
    for (const member of role.members) lines.push(...memberLines(member));
  }
  return `${lines.join('\n')}\n`;
}

/** How far a cluster is, in a line. */
export function progressLine(view: ClusterView): string {
  const roll = view.roll === undefined ? '' : `, ${progress(view.roll)} updated`;
  const words = view.lastWords === undefined ? '' : `: ${view.lastWords}`;
  return `${view.name}: ${stateOf(view)}, ${progress(view.setUp)} set up${roll}${words}`;
}

/** The findings with their advice. */
export function findingsText(findings: readonly Finding[], unread: readonly string[]): string {
  const lines = findings.flatMap(({ level, about, problem, advice }) => [
    `${level}: ${about}: ${problem}`,
    `  -> ${advice}`,
  ]);
  if (findings.length === 0) lines.push('Nothing is known to be wrong.');
  if (unread.length > 0) lines.push(`Not looked at, as you may not list them: ${unread.join(', ')}.`);
  return `${lines.join('\n')}\n`;
}

function memberLines(member: MemberView): string[] {
  const facts = [
    member.state,
    ...(member.isReady ? ['ready'] : []),
    ...(member.isUpToDate === false ? ['to be updated'] : []),
    ...(member.restarts > 0 ? [`restarts ${member.restarts}`] : []),
    ...(member.resources === undefined ? [] : [member.resources]),
    ...(member.doing === undefined ? [] : [member.doing]),
  ];
  return [
    `    ${member.pod}: ${facts.join(', ')}`,
    ...(member.lastWords === undefined ? [] : [`      ${member.lastWords}`]),
    ...member.services.map(({ label, url, isReady }) => `      ${label}: ${url}${isReady ? '' : ' (not ready)'}`),
  ];
}

const progress = ({ done, total }: Progress): string => `${done}/${total}`;
/** The word for it. */
export const stateOf = ({ state, isDeleting }: ClusterView): string =>
  isDeleting ? 'deleting' : (state ?? 'not seen yet');

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
