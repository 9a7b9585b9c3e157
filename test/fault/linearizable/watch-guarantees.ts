/**
 * What etcd promises of its watches, and checks in its own robustness tests, asked of watches that went on on other replicas
 * again and again. Source: etcd, API guarantees, "Watch APIs", and tests/robustness/validate
 */
import type { Told, Watched } from './follower.ts';

/** One change of one object, as the store has it. */
export interface Stored {
  readonly key: string;
  readonly version: number;
  /** '' if this deleted it. */
  readonly value: string;
  /** What it was before; '' if it did not exist. */
  readonly previous: string;
}

/** A watch beside all changes of the store in their order. */
interface Compared {
  readonly watched: Watched;
  /** Without bookmarks. */
  readonly events: readonly Told[];
  /** What the watch had to tell, as far as it came. */
  readonly expected: readonly Stored[];
}

const named = ({ type, key, version }: Told): string => `${type} ${key}@${version}`;

/** Each gives what is wrong. */
const guarantees = {
  /** Only what was asked for. */
  filterable: ({ watched: { only }, events }) =>
    events.filter(({ key }) => only !== undefined && key !== only).map(named),
  /** An event never comes after a later one. */
  ordered: ({ events }) => events.filter(({ version }, at) => version < (events[at - 1]?.version ?? 0)).map(named),
  /** No event comes twice, not on another replica either. */
  unique({ events }) {
    const seen = new Set<string>();
    return events.map(({ key, version }) => `${key}@${version}`).filter((id) => seen.size === seen.add(id).size);
  },
  /** What one commit changed comes together: not in parts on several connections, and not with something in between. */
  atomic({ events, expected }) {
    const parts = new Map<number, number>();
    for (const { version } of expected) parts.set(version, (parts.get(version) ?? 0) + 1);
    const isPart = (first: Told, other: Told | undefined): boolean =>
      other?.version === first.version && other.connection === first.connection;
    const isSplit = (first: Told, at: number): boolean => {
      if (isPart(first, events[at - 1])) return false;
      const whole = events.slice(at, at + (parts.get(first.version) ?? 0));
      return !whole.every((other) => isPart(first, other));
    };
    return events.filter(isSplit).map(named);
  },
  /** Nothing is left out, and nothing is told that did not happen. */
  reliable({ events, expected }) {
    const has = new Set(events.map(({ key, version }) => `${key}@${version}`));
    const should = new Map(expected.map((stored) => [`${stored.key}@${stored.version}`, stored]));
    const missing = [...should.keys()].filter((id) => !has.has(id)).map((id) => `${id} is missing`);
    const invented = events.filter(({ type, key, version, value }) => {
      const stored = should.get(`${key}@${version}`);
      if (stored === undefined) return true;
      return type === 'DELETED' ? stored.value !== '' : stored.value !== value;
    });
    return [...missing, ...invented.map((event) => `${named(event)} did not happen`)];
  },
  /** After a break it goes on with the first event after the one that was the last. */
  resumable({ watched, events, expected }) {
    const versions = expected.map(({ version }) => version);
    let next = 0;
    const firsts = new Map<number, Told>();
    for (const event of events) if (!firsts.has(event.connection)) firsts.set(event.connection, event);
    return watched.connections.flatMap(({ from, replica }, connection) => {
      while ((versions[next] ?? Infinity) <= from) next++;
      const first = firsts.get(connection);
      if (first === undefined || first.version === versions[next]) return [];
      return [`after ${from} on replica ${replica} ${named(first)} came first, and not ${versions[next] ?? 'nothing'}`];
    });
  },
  /** What a bookmark names was told before it, all of it. */
  bookmarkable({ watched, expected }) {
    const problems: string[] = [];
    let told = 0;
    let mark = 0;
    let at = 0;
    for (const event of watched.told) {
      if (event.type !== 'BOOKMARK') {
        if (event.version <= mark) problems.push(`${named(event)} came after the bookmark ${mark}`);
        told++;
        continue;
      }
      mark = Math.max(mark, event.version);
      while ((expected[at]?.version ?? Infinity) <= event.version) at++;
      if (told < at) problems.push(`the bookmark ${event.version} came after ${told} events, and not ${at}`);
    }
    return problems;
  },
  /** A deletion shows the object as it was last. */
  previous({ events, expected }) {
    const before = new Map(expected.map(({ key, version, previous }) => [`${key}@${version}`, previous]));
    return events
      .filter((event) => event.type === 'DELETED' && before.get(`${event.key}@${event.version}`) !== event.value)
      .map(named);
  },
  /** ADDED is said of an object that did not exist, and of no other. */
  creating({ events, expected }) {
    const created = new Set(
      expected.filter(({ value, previous }) => value !== '' && previous === '').map(({ version }) => version),
    );
    return events.filter(({ type, version }) => (type === 'ADDED') !== created.has(version)).map(named);
  },
} satisfies Readonly<Record<string, (compared: Compared) => readonly string[]>>;

type Guarantee = keyof typeof guarantees;
export const guaranteeNames = Object.keys(guarantees) as readonly Guarantee[];

/** By guarantee, what breaks it. */
export type Broken = Readonly<Record<string, readonly string[]>>;

/** @param stored all changes after the beginning of the watch */
export function brokenGuarantees(watched: Watched, stored: readonly Stored[]): Broken {
  const { only, told, connections } = watched;
  const [begin, end] = [connections[0]?.from ?? 0, Math.max(0, ...last(told))];
  const expected = stored.filter(
    ({ key, version }) => version > begin && version <= end && (only === undefined || key === only),
  );
  const events = told.filter(({ type }) => type !== 'BOOKMARK');
  const compared = { watched, events, expected };
  return Object.fromEntries(guaranteeNames.map((name) => [name, guarantees[name](compared)]));
}

/** How often a watch went on on another replica than before. */
export function moves({ connections }: Watched): number {
  return connections.filter(({ replica }, at) => at > 0 && replica !== connections[at - 1]?.replica).length;
}

/** The version up to which it has told everything. */
function last(told: readonly Told[]): number[] {
  return told.slice(-1).map(({ version }) => version);
}
