/**
 * Lists a resource in parts and follows it by watching. Source:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { KubeObject } from '../meta/object.ts';
import { ApiError, type LiveApi } from './api.ts';
import { Watchdog } from './watchdog.ts';

/** What an item is known by. */
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** loading: the first list is on its way. broken: retried, `error` says why. */
type LiveState = 'loading' | 'live' | 'broken';

/** What is followed, and how. */
interface LiveListOptions<Item> {
  readonly api: LiveApi;
  /** Of the collection, without query. */
  readonly path: string;
  readonly selectors?: Readonly<Record<string, string>>;
  /** What is kept of an object; undefined: it is left out. */
  readonly keep: (object: KubeObject) => Item | undefined;
  /** Where it gives a promise, nothing more is read until that is fulfilled. */
  readonly changed: () => void | Promise<void>;
  /** After which refusals it asks no more. Absent: once the API does not know the user. */
  readonly isFinal?: (error: ApiError) => boolean;
  /** Milliseconds; passed in by tests. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface ListPage {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly KubeObject[];
}
interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject & { readonly code?: number; readonly message?: string };
}

/** Objects of one answer to a list: the first ones are on the screen before the last ones are sent. */
const pageSize = 500;
const [firstPauseMs, longestPauseMs] = [500, 15_000];

/** A server is asked to end a watch after so many seconds, and up to twice as many. Source: client-go's reflector */
const minWatchSeconds = 300;

/** The items as they are now; `changed` is called after every change. */
export class LiveList<Item> {
  readonly #options: LiveListOptions<Item>;
  readonly #abort = new AbortController();
  items = new Map<string, Item>();
  state: LiveState = 'loading';
  /** Undefined unless the state is broken. */
  error: ApiError | undefined;
  #pauseMs = firstPauseMs;
  /** How often in a row the server has forgotten the version. */
  #forgotten = 0;

  constructor(options: LiveListOptions<Item>) {
    this.#options = options;
  }

  /** Follows until stopped, or until a refusal is final; never rejects. */
  async start(): Promise<void> {
    let resourceVersion = '';
    while (!this.#abort.signal.aborted) {
      try {
        resourceVersion = resourceVersion === '' ? await this.#list() : await this.#watch(resourceVersion);
      } catch (error) {
        resourceVersion = await this.#recover(error, resourceVersion);
      }
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  async #list(): Promise<string> {
    const { api, path, keep } = this.#options;
    const isFirst = this.items.size === 0;
    const items = isFirst ? this.items : new Map<string, Item>();
    let next: string | undefined;
    for (;;) {
      const query = this.#query({ limit: String(pageSize), ...(next === undefined ? {} : { continue: next }) });
      const page = await api.json<ListPage>(`${path}?${query}`, { signal: this.#abort.signal });
      for (const object of page.items) {
        const item = keep(object);
        if (item !== undefined) items.set(keyOf(object), item);
      }
      if (isFirst) await this.#options.changed();
      next = page.metadata.continue;
      if (next !== undefined && next !== '') continue;
      this.items = items;
      await this.#becomes('live');
      return page.metadata.resourceVersion ?? '';
    }
  }

  /** The version to go on from once the watch has ended; '' where all has to be listed again. */
  async #watch(from: string): Promise<string> {
    const watch = new Watchdog(this.#abort.signal);
    try {
      const resourceVersion = await this.#follow(from, watch);
      if (watch.hasBitten) return '';
      // A server that ends watches at once must not be asked in a loop.
      if (!watch.isSteady) await this.#pause();
      return resourceVersion;
    } catch (error) {
      if (watch.hasBitten) return '';
      throw error;
    } finally {
      watch.end();
      if (watch.isSteady) {
        this.#pauseMs = firstPauseMs;
        this.#forgotten = 0;
      }
    }
  }

  async #follow(from: string, watch: Watchdog): Promise<string> {
    const { api, path } = this.#options;
    let resourceVersion = from;
    const timeoutSeconds = String(Math.floor(minWatchSeconds * (1 + Math.random())));
    const query = this.#query({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds });
    for await (const line of api.lines(`${path}?${query}`, watch.signal)) {
      watch.hears();
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === 'ERROR') throw new ApiError(object.code ?? 500, object.message ?? 'The watch has failed.');
      if (this.state !== 'live') await this.#becomes('live');
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      if (type !== 'BOOKMARK') await this.#apply(type, object);
    }
    return resourceVersion;
  }

  async #apply(type: string, object: KubeObject): Promise<void> {
    const item = type === 'DELETED' ? undefined : this.#options.keep(object);
    if (item === undefined) this.items.delete(keyOf(object));
    else this.items.set(keyOf(object), item);
    await this.#options.changed();
  }

  /** What is shown stays until there is better. */
  async #recover(error: unknown, resourceVersion: string): Promise<string> {
    if (this.#abort.signal.aborted) return '';
    const known = error instanceof ApiError ? error : new ApiError(0, 'The connection was lost.');
    if (known.code === 410) {
      this.#forgotten += 1;
      if (this.#forgotten > 1) await this.#pause();
      return '';
    }
    this.error = known;
    const { isFinal = ({ code }) => code === 401 } = this.#options;
    // Whom the API does not know, it will not know at the next try.
    const isOver = isFinal(known);
    await this.#becomes('broken');
    if (isOver) {
      this.stop();
      return '';
    }
    await this.#pause();
    return known.code === 0 ? resourceVersion : '';
  }

  async #pause(): Promise<void> {
    const { pause = pauseFor } = this.#options;
    const milliseconds = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    await pause(milliseconds, this.#abort.signal);
  }

  async #becomes(state: LiveState): Promise<void> {
    this.state = state;
    if (state === 'live') this.error = undefined;
    await this.#options.changed();
  }

  #query(parameters: Readonly<Record<string, string>>): string {
    return new URLSearchParams({ ...this.#options.selectors, ...parameters }).toString();
  }
}

function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
