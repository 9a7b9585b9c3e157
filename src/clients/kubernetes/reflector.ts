/**
 * Keeps a view of a selection of objects as they are in the cluster: lists once, then follows a watch from the list's
 * version on, for ever. Source of the rules: client-go's tools/cache/reflector.go
 */
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason, StatusError } from '../../meta/status.ts';
import { createBackoff, type Backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import { isBeyondNewest, type ListWatch } from './list-watch.ts';
import { isExpired } from './response-error.ts';

/** While there is no connection it stays as it was last. */
export interface ReflectorTarget<T extends KubeObject> {
  /** All there is now. */
  replace(objects: readonly Stored<T>[]): void;
  /** New, or not as it was. */
  put(object: Stored<T>): void;
  /** Gone, or no longer of the selection; as it was last. */
  remove(object: Stored<T>): void;
}

interface ReflectorOptions<T extends KubeObject> {
  /** For logs. */
  readonly name: string;
  readonly listWatch: ListWatch<T>;
  readonly target: ReflectorTarget<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The cluster may not serve the resource: then there is nothing, until it does. */
  readonly mayBeMissing?: boolean;
}

/** The next attempt comes at once after a watch that lasted, and later and later after those that did not. */
const baseDelayMs = 250;
const maxDelayMs = 30_000;
const lastedMs = 1000;
/** A server is asked to end a watch after 5 to 10 minutes, so that watches spread over the servers there are. */
const minWatchSeconds = 300;

/** Resolves once the signal has aborted; never rejects. */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  await new Reflector(options).run(signal);
}

type Outcome = 'lasted' | 'failed' | 'expired';

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  /** Of the last list, event or bookmark. */
  #version = '';
  #mustList = true;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = createBackoff({ baseDelayMs, maxDelayMs, random: options.random });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, name } = this.#options;
    do {
      const outcome = await this.#attempt(signal);
      if (outcome === 'lasted') this.#backoff.forget(name);
      else if (outcome === 'failed') await pause(clock, this.#backoff.next(name), signal);
    } while (!signal.aborted);
  }

  async #attempt(signal: AbortSignal): Promise<Outcome> {
    const { clock } = this.#options;
    const hadToList = this.#mustList;
    let openedAt = Number.POSITIVE_INFINITY;
    const lasted = (): boolean => clock.monotonic() - openedAt >= lastedMs;
    try {
      if (hadToList) await this.#list(signal);
      await this.#watch(signal, () => {
        openedAt = clock.monotonic();
      });
      return lasted() ? 'lasted' : 'failed';
    } catch (error) {
      if (signal.aborted) return 'failed';
      if (isExpired(error) || isBeyondNewest(error) || isRefused(error)) this.#mustList = true;
      if (this.#options.mayBeMissing === true && isReason(error, 'NotFound')) {
        this.#options.target.replace([]);
        return 'failed';
      }
      // Listing helps at once; where it did not, waiting may.
      if (isExpired(error) && !hadToList) return 'expired';
      this.#report(error);
      return lasted() ? 'lasted' : 'failed';
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { objects, resourceVersion } = await this.#options.listWatch.list(this.#version || '0', signal);
    this.#options.target.replace(objects);
    this.#version = resourceVersion;
    this.#mustList = false;
  }

  async #watch(signal: AbortSignal, opened: () => void): Promise<void> {
    const { listWatch, random, target } = this.#options;
    const seconds = Math.floor(minWatchSeconds * (1 + random()));
    for await (const event of listWatch.watch(this.#version, seconds, signal, opened)) {
      if (event.type === 'DELETED') target.remove(event.object);
      else if (event.type !== 'BOOKMARK') target.put(event.object);
      this.#version = event.resourceVersion;
    }
  }

  /** A connection that breaks once is ordinary; what goes on is told, once. */
  #report(error: unknown): void {
    const { logger, name } = this.#options;
    const level = this.#backoff.failures(name) === 1 ? 'warn' : 'debug';
    logger[level]({ resource: name, error }, 'watching failed; it will be tried again');
  }
}

/** Something about the watch that asking again as before would not change. */
function isRefused(error: unknown): boolean {
  return error instanceof StatusError && error.code >= 400 && error.code < 500 && !isReason(error, 'TooManyRequests');
}
