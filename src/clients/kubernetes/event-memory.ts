/**
 * Which events have been said lately: the same thing again is counted in the first event, and one object that has too
 * much to tell is not listened to for a while. Source of the idea: client-go's tools/record/events_cache.go
 */
import { eventLifetimeMs, eventMessage, newEvent } from '../../apis/kubernetes/event.ts';
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createEventSuffixes } from '../../runtime/event-suffixes.ts';
import { createRecent } from '../../runtime/recent.ts';

export type CountedEvent = CoreEvent & { metadata: { name: string; namespace: string }; count: number };

interface EventMemory {
  /** The event as it is to stand now; the same object each time that it is a repeat. Undefined where it is too much. */
  say(about: Stored<KubeObject>, type: string, reason: string, message: string): CountedEvent | undefined;
}

/** So many different events, and objects, are remembered. */
const remembered = 4096;
/** About one object at once, and how long it takes until it may tell one more. */
const burst = 50;
const refillMs = 30_000;
/** With the suffix it makes a valid name. */
const longestName = 220;

const component = 'kubedirector';

export function createEventMemory(clock: Clock): EventMemory {
  const said = createRecent<{ readonly event: CountedEvent; readonly since: number }>(remembered);
  const tokens = createRecent<{ left: number; at: number }>(remembered);
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
        said.set(key, known);
        return known.event;
      }
      const name = `${about.metadata.name.slice(0, longestName)}.${nextSuffix()}`;
      const event: CountedEvent = { ...newEvent(about, { name, component, time }), type, reason, message };
      said.set(key, { event, since: now });
      return event;
    },
  };
}
