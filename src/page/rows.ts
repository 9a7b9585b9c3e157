/** The rows of the overview: what is kept of each cluster, and which are shown in which order. */
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { KubeObject } from '../meta/object.ts';
import { plainLines } from '../view/plain-text.ts';
import { stayingMembers } from '../view/staying-members.ts';
import { clusterState, type StateWord } from './words.ts';

/** A cluster in the overview. Objects as a whole would take several times the memory. */
export interface Row {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly app: string;
  readonly state: StateWord;
  readonly configured: number;
  readonly members: number;
  readonly created: string;
}

/** What the overview is sorted by. */
export type SortKey = 'name' | 'namespace' | 'app' | 'state' | 'members' | 'created';

/** Which clusters are shown, and in which order. */
export interface Filter {
  readonly namespace: string;
  readonly app: string;
  readonly state: string;
  /** Part of the name, the namespace or the app. */
  readonly text: string;
  readonly sort: SortKey;
  readonly descending: boolean;
}

/** All, by name. */
export const noFilter: Filter = { namespace: '', app: '', state: '', text: '', sort: 'name', descending: false };

/** What is kept of a cluster. */
export function rowOf(object: KubeObject): Row {
  const { metadata, spec, status } = object as KubeDirectorCluster;
  const { name = '', namespace = '', creationTimestamp = '' } = metadata;
  const wishes = new Map(spec.roles.map(({ id, members = 1 }) => [id, members]));
  const members = (status?.roles ?? []).flatMap((role) => stayingMembers(role.members, wishes.get(role.id) ?? 0));
  return {
    ...{
      key: `${namespace}/${name}`,
      namespace,
      name,
      app: plainLines(spec.app),
      state: clusterState(object),
    },
    configured: members.filter(({ state, ready }) => state === 'configured' && ready !== false).length,
    members: [...wishes.values()].reduce((sum, count) => sum + count, 0),
    created: creationTimestamp,
  };
}

const toneRank = { bad: 0, busy: 1, still: 2, good: 3 };

const orders: Readonly<Record<SortKey, (one: Row, other: Row) => number>> = {
  name: (one, other) => compare(one.name, other.name),
  namespace: (one, other) => compare(one.namespace, other.namespace),
  app: (one, other) => compare(one.app, other.app),
  state: (one, other) =>
    toneRank[one.state.tone] - toneRank[other.state.tone] || compare(one.state.text, other.state.text),
  members: (one, other) => one.members - other.members,
  created: (one, other) => compare(other.created, one.created),
};

/** By code units: collation would take ten times as long for names that are ASCII. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The rows to show, in order; equal ones by namespace and name. */
export function shownRows(rows: Iterable<Row>, filter: Filter): Row[] {
  const text = filter.text.trim().toLowerCase();
  const sign = filter.descending ? -1 : 1;
  const order = orders[filter.sort];
  return [...rows]
    .filter(({ namespace, name, app, state }) => {
      if (filter.namespace !== '' && namespace !== filter.namespace) return false;
      if (filter.app !== '' && app !== filter.app) return false;
      if (filter.state !== '' && state.text !== filter.state && state.tone !== filter.state) return false;
      return text === '' || `${namespace}/${name} ${app}`.toLowerCase().includes(text);
    })
    .sort((one, other) => sign * order(one, other) || compare(one.key, other.key));
}

/** The different values, sorted, for a filter's choices. */
export function choices(rows: Iterable<Row>, of: (row: Row) => string): string[] {
  return [...new Set([...rows].map(of))].sort();
}

/** Which rows of a list of many are drawn. */
interface Window {
  readonly from: number;
  readonly to: number;
}

/** The rows that can be seen, and some beyond for quick scrolling. Lengths in pixels. */
export function visibleWindow(count: number, view: { top: number; height: number; row: number }): Window {
  const beyond = 8;
  const from = Math.max(0, Math.floor(view.top / view.row) - beyond);
  return { from: Math.min(from, count), to: Math.min(count, Math.ceil((view.top + view.height) / view.row) + beyond) };
}
