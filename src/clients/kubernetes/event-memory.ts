/**
 * Remembers the latest events. A repeat only raises the count of the first one, and events about an object that has too
 * many are dropped for a while. Source of the idea: client-go's tools/record/events_cache.go
 */
import { LRUCache } from 'lru-cache';
import { eventLifetimeMs, eventMessage, newEvent } from '../../apis/kubernetes/event.ts';
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createEventSuffixes } from '../../runtime/event-suffixes.ts';

/** An event whose count this program raises at each repeat. */
export type CountedEvent = CoreEvent & { metadata: { name: string; namespace: string }; count: number };

interface EventMemory {
  /** The event to write; a repeat gives the same object with a higher count. Undefined where there are too many. */
  say(about: Stored<KubeObject>, type: string, reason: string, message: string): CountedEvent | undefined;
}

/** How many different events, and how many objects, are remembered. */
const remembered = 4096;
/** Events about one object that are written at once, and the time after which one more is allowed. */
const burst = 50;
const refillMs = 30_000;
/** Characters of the object's name: with the suffix the event's name stays valid. */
const longestName = 220;

const component = 'kubedirector';

/** The memory is bounded; the least recently used events and objects are forgotten first. */
export function createEventMemory(clock: Clock): EventMemory {
  const said = new LRUCache<string, { readonly event: CountedEvent; readonly since: number }>({ max: remembered });
  const tokens = new LRUCache<string, { left: number; at: number }>({ max: remembered });
  const nextSuffix = createEventSuffixes(clock);

  function mayTell(uid: string): boolean {
    const now = clock.monotonic();
    const bucket = tokens.get(uid) ?? { left: burst, at: now };
    bucket.left = Math.min(burst, bucket.left + (now - bucket.at) / refillMs);
    bucket.at = now;
    tokens.set(uid, bucket);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  return {
    say(about, type, reason, text) {
      if (!mayTell(about.metadata.uid)) return undefined;
      const message = eventMessage(text);
      const key = JSON.stringify([about.metadata.uid, type, reason, message]);
      const now = clock.monotonic();
      const time = kubeTime(clock.now());
      const known = said.get(key);
      if (known !== undefined && now - known.since < eventLifetimeMs) {
        known.event.count += 1;
        known.event.lastTimestamp = time;
        return known.event;
      }
      const name = `${about.metadata.name.slice(0, longestName)}.${nextSuffix()}`;
      const event: CountedEvent = { ...newEvent(about, { name, component, time }), type, reason, message };
      said.set(key, { event, since: now });
      return event;
    },
  };
}
