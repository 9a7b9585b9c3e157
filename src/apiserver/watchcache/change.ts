/** One change of one object, and the events that watches may see of it: made once, shared by all of them. */
import type { KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import { entryAtRevision, type CacheEntry } from './cached-object.ts';
import type { CachedObject, WatchEvent, WatchEventType } from './contract.ts';
import type { RevisionWriter } from './stored-form.ts';

export class Change<T extends KubeObject> {
  readonly key: string;
  readonly revision: Revision;
  /** The resourceVersion its object is shown with: as a rule the same. */
  readonly version: Revision;
  /** The new state; undefined: the object is gone. */
  readonly current: CacheEntry<T> | undefined;
  /** The state before; undefined: there was none. */
  readonly previous: CacheEntry<T> | undefined;
  readonly #writer: RevisionWriter;
  readonly #events = new Map<WatchEventType, SharedEvent<T>>();

  constructor(state: Pick<Change<T>, 'key' | 'revision' | 'version' | 'current' | 'previous'>, writer: RevisionWriter) {
    this.key = state.key;
    this.revision = state.revision;
    this.version = state.version;
    this.current = state.current;
    this.previous = state.previous;
    this.#writer = writer;
  }

  /** What a watch with this selector sees of the change; undefined where it sees nothing. */
  eventFor(matches: ((entry: CacheEntry<T>) => boolean) | undefined): WatchEvent<T> | undefined {
    const { current, previous } = this;
    const is = current !== undefined && (matches === undefined || matches(current));
    const was = previous !== undefined && (matches === undefined || matches(previous));
    if (is) return this.#event(was ? 'MODIFIED' : 'ADDED', () => current);
    if (was) return this.#event('DELETED', () => entryAtRevision(previous, this.version, this.#writer));
    return undefined;
  }

  /** Roughly what remembering the change costs. */
  bytes(): number {
    return (this.current ?? this.previous)?.json.length ?? 0;
  }

  /** Called when newer changes have come: the lines can be encoded again for whoever is that late. */
  forgetLines(): void {
    for (const event of this.#events.values()) event.forget();
  }

  #event(type: WatchEventType, object: () => CacheEntry<T>): WatchEvent<T> {
    let event = this.#events.get(type);
    if (event === undefined) {
      event = sharedEvent(type, object(), this.revision);
      this.#events.set(type, event);
    }
    return event;
  }
}

interface SharedEvent<T extends KubeObject> extends WatchEvent<T> {
  forget(): void;
}

function sharedEvent<T extends KubeObject>(
  type: WatchEventType,
  object: CacheEntry<T>,
  revision: Revision,
): SharedEvent<T> {
  let line: Buffer | undefined;
  return {
    type,
    object,
    revision,
    line: () => (line ??= eventLine(type, object.json)),
    forget: () => (line = undefined),
  };
}

const lineEnd = Buffer.from('}\n');
const lineStarts: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};

/** An object that is there already, as a watch that begins with the present state is shown it. */
export function addedEvent<T extends KubeObject>(object: CachedObject<T>): WatchEvent<T> {
  return { type: 'ADDED', object, revision: object.revision, line: () => eventLine('ADDED', object.json) };
}

/** An event's line as plain JSON watches send it. */
export function eventLine(type: WatchEventType, json: Buffer): Buffer {
  return Buffer.concat([lineStarts[type], json, lineEnd]);
}
