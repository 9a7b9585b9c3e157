/** Views as text. */
import type { ClusterView, Finding, MemberView, Progress } from '../../view/contract.ts';

/** A table with a heading, as kubectl prints it. */
export function listText(views: readonly ClusterView[], withNamespace: boolean): string {
  if (views.length === 0) return 'There are no clusters.\n';
  const heading = ['NAME', 'APP', 'STATE', 'SET UP', 'AGE', 'LAST WORDS'];
  const rows = views.map((view) => [
    ...[view.name, view.app, stateOf(view), progress(view.setUp), view.age],
    view.lastWords ?? '',
  ]);
  const spaces = views.map(({ namespace }) => namespace);
  return table(
    [heading, ...rows].map((row, index) =>
      withNamespace ? [index === 0 ? 'NAMESPACE' : (spaces[index - 1] ?? ''), ...row] : row,
    ),
  );
}

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
