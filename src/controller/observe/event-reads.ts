/**
 * Events about objects that keep members from running while no status says why: read on demand, a few at a time and ever
 * more rarely. One cluster at a time, however many have trouble: such a read makes kube-apiserver go through every event
 * of the namespace.
 */
import type { EventSubject, ToldEvent } from '../../apis/kubernetes/event.ts';
import type { EventReader } from '../../clients/contract.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createWorkqueue, type Workqueue } from '../../runtime/workqueue.ts';
import { subjectKey } from '../plan/life-cycle/unexplained.ts';

type Events = ReadonlyMap<string, readonly ToldEvent[]>;

/** Events about objects of clusters, read when a member's state needs an explanation. */
export interface EventReads {
  /**
   * Says that these are the objects of a cluster ("namespace/name") now that need explaining, and returns what is known
   * of the events about them, by "Kind/name". New ones are read about when they have needed it for a few seconds; calls
   * back (onNews) when there is something else to know.
   */
  about(cluster: string, subjects: readonly EventSubject[]): Events;
  forget(cluster: string): void;
  start(signal: AbortSignal): void;
  /** Resolves once nothing is being read any more. */
  stop(): Promise<void>;
}

interface EventReadsOptions {
  /** Absent: nothing is ever known. */
  readonly reader: EventReader | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onNews: (cluster: string) => void;
}

/** Milliseconds. What passes by itself in the meantime needs no explanation. */
const patience = 5_000;
const shortestPause = 10_000;
const longestPause = 60_000;
/** Read about at a time, of one cluster; its others have their turn next. */
const batch = 3;

interface Entry {
  subjects: readonly EventSubject[];
  readonly known: Map<string, readonly ToldEvent[]>;
  /** Of the clock's monotonic time: not before. */
  due: number;
  pause: number;
  lastRead: number;
  /** Where in `subjects` the next batch begins. */
  turn: number;
}

const nothing: Events = new Map();

/** Without a reader it knows of no events. */
export function createEventReads(options: EventReadsOptions): EventReads {
  const { reader, clock, metrics, random } = options;
  if (reader === undefined) return silent;
  const entries = new Map<string, Entry>();
  const delays = { baseDelayMs: shortestPause, maxDelayMs: longestPause };
  const queue = createWorkqueue({ clock, metrics, random, name: 'events', ...delays });
  let running: Promise<void> = Promise.resolve();

  function newEntry(cluster: string): Entry {
    const entry = { subjects: [], known: new Map(), due: 0, pause: shortestPause, lastRead: -Infinity, turn: 0 };
    entries.set(cluster, entry);
    return entry;
  }

  return {
    about(cluster, subjects) {
      if (subjects.length === 0 && !entries.has(cluster)) return nothing;
      const entry = entries.get(cluster) ?? newEntry(cluster);
      const before = new Set(entry.subjects.map(idOf));
      const isNews = subjects.some((subject) => !before.has(idOf(subject)));
      entry.subjects = subjects;
      const keys = new Set(subjects.map(subjectKey));
      for (const key of entry.known.keys()) if (!keys.has(key)) entry.known.delete(key);
      if (isNews) {
        const now = clock.monotonic();
        entry.pause = shortestPause;
        entry.due = Math.max(now + patience, entry.lastRead + shortestPause);
        queue.addAfter(cluster, entry.due - now);
      }
      return new Map(entry.known);
    },
    forget: (cluster) => void entries.delete(cluster),
    start(signal) {
      running = work({ ...options, reader }, entries, queue, signal);
    },
    async stop() {
      queue.shutDown();
      entries.clear();
      await running;
    },
  };
}

const silent: EventReads = {
  about: () => nothing,
  forget: () => undefined,
  start: () => undefined,
  stop: () => Promise.resolve(),
};

/** A namesake is something else. */
const idOf = (subject: EventSubject): string => `${subjectKey(subject)}/${subject.uid ?? ''}`;

type ReadOptions = EventReadsOptions & { readonly reader: EventReader };

async function work(
  options: ReadOptions,
  entries: Map<string, Entry>,
  queue: Workqueue,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options;
  for (let cluster = await queue.get(signal); cluster !== undefined; cluster = await queue.get(signal)) {
    const entry = entries.get(cluster);
    const now = clock.monotonic();
    if (entry !== undefined && entry.due > now) {
      queue.addAfter(cluster, entry.due - now);
    } else if (entry !== undefined && entry.subjects.length === 0) {
      entries.delete(cluster);
    } else if (entry !== undefined) {
      entry.lastRead = now;
      entry.due = now + entry.pause;
      entry.pause = Math.min(longestPause, entry.pause * 2);
      await readBatch(options, cluster, entry);
      queue.addAfter(cluster, entry.due - clock.monotonic());
    }
    queue.done(cluster);
  }
}

async function readBatch(options: ReadOptions, cluster: string, entry: Entry): Promise<void> {
  const { reader, logger, onNews } = options;
  const { subjects } = entry;
  const begin = entry.turn < subjects.length ? entry.turn : 0;
  entry.turn = begin + batch;
  let isNews = false;
  for (const subject of subjects.slice(begin, begin + batch)) {
    const key = subjectKey(subject);
    try {
      const events = await reader.about(subject);
      if (!entry.subjects.some((one) => idOf(one) === idOf(subject))) continue;
      isNews ||= !deepEqual(entry.known.get(key) ?? [], events);
      entry.known.set(key, events);
    } catch (error) {
      // Members come up, or not, all the same: only the explanation is missing.
      logger.warn({ error, cluster, subject: key }, 'events could not be read');
    }
  }
  if (isNews) onNews(cluster);
}
