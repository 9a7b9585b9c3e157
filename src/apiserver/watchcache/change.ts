/** One change of one object, and the events that watches see of it. An event is made once and shared by all watches. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CacheEntry } from './cached-object.ts';
import type { CachedObject, WatchEvent, WatchEventType } from './contract.ts';
import { ownBuffer } from './stored-form.ts';

/** Approximate bytes of a change itself and of its place in a history. */
const changeBytes = 250;

/** A change as the history keeps it and the watches receive it. */
export class Change<T extends KubeObject> {
  readonly key: string;
  readonly revision: Revision;
  /** The resourceVersion of its object; usually the same as `revision`. */
  readonly version: Revision;
  /** The new state; undefined: the object is gone. */
  readonly current: CacheEntry<T> | undefined;
  /** The state before; undefined: there was none. */
  readonly previous: CacheEntry<T> | undefined;
  /** Made when the first watch sees one. */
  #events: Map<WatchEventType, SharedEvent<T>> | undefined;

  constructor(state: Pick<Change<T>, 'key' | 'revision' | 'version' | 'current' | 'previous'>) {
    this.key = state.key;
    this.revision = state.revision;
    this.version = state.version;
    this.current = state.current;
    this.previous = state.previous;
  }

  /** The event for a watch with this selector; undefined if the watch sees nothing of the change. */
  eventFor(matches: ((entry: CacheEntry<T>) => boolean) | undefined): WatchEvent<T> | undefined {
    const { current, previous } = this;
    const is = current !== undefined && (matches === undefined || matches(current));
    const was = previous !== undefined && (matches === undefined || matches(previous));
    if (is) return this.#event(was ? 'MODIFIED' : 'ADDED', () => current);
    if (was) return this.#event('DELETED', () => previous.at(this.version));
    return undefined;
  }

  /** Bytes that only this change keeps alive: the state it replaced, and itself. */
  bytes(): number {
    return changeBytes + (this.previous?.owned ?? 0);
  }

  /** Frees the events after newer changes; they are made again for a watch that is so far behind. */
  forgetEvents(): void {
    this.#events = undefined;
  }

  #event(type: WatchEventType, object: () => CacheEntry<T>): WatchEvent<T> {
    this.#events ??= new Map<WatchEventType, SharedEvent<T>>();
    let event = this.#events.get(type);
    if (event === undefined) {
      event = new SharedEvent(type, object(), this.revision);
      this.#events.set(type, event);
    }
    return event;
  }
}

/** An event whose line is encoded once, for all its readers. */
export class SharedEvent<T extends KubeObject> implements WatchEvent<T> {
  readonly type: WatchEventType;
  readonly object: CachedObject<T>;
  readonly revision: Revision;
  #line: Buffer | undefined;

  constructor(type: WatchEventType, object: CachedObject<T>, revision: Revision) {
    this.type = type;
    this.object = object;
    this.revision = revision;
  }

  line(): Buffer {
    this.#line ??= eventLine(this.type, this.object);
    return this.#line;
  }
}

const lineEnd = Buffer.from('}\n');
const lineStarts: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};

/** The ADDED event of an existing object, for a watch that starts with the present state. */
export function addedEvent<T extends KubeObject>(object: CachedObject<T>): WatchEvent<T> {
  return { type: 'ADDED', object, revision: object.revision, line: () => eventLine('ADDED', object) };
}

/** An event's line as plain JSON watches send it. */
function eventLine(type: WatchEventType, object: Pick<CachedObject, 'json' | 'size' | 'writeJson'>): Buffer {
  const start = lineStarts[type];
  if (object.writeJson === undefined) return ownBuffer([start, object.json, lineEnd]);
  const end = start.length + object.size;
  const line = Buffer.allocUnsafeSlow(end + lineEnd.length);
  start.copy(line);
  object.writeJson(line, start.length);
  lineEnd.copy(line, end);
  return line;
}
