/**
 * Lists a resource in parts and follows it by watching. Source:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { KubeObject } from '../meta/object.ts';
import { ApiError, type Api } from './api.ts';
import { Watchdog } from './watchdog.ts';

/** What an item is known by. */
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** loading: the first list is on its way. broken: retried, `error` says why. */
type LiveState = 'loading' | 'live' | 'broken';

/** What is followed, and how. */
interface LiveListOptions<Item> {
  readonly api: Api;
  /** Of the collection, without query. */
  readonly path: string;
  readonly selectors?: Readonly<Record<string, string>>;
  /** What is kept of an object; undefined: it is left out. */
  readonly keep: (object: KubeObject) => Item | undefined;
  readonly changed: () => void;
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

  /** Follows until stopped, or until the API does not know the user; never rejects. */
  async start(): Promise<void> {
    let resourceVersion = '';
    while (!this.#abort.signal.aborted) {
      try {
        if (resourceVersion === '') resourceVersion = await this.#list();
        resourceVersion = await this.#watch(resourceVersion);
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
      if (isFirst) this.#options.changed();
      next = page.metadata.continue;
      if (next !== undefined && next !== '') continue;
      this.items = items;
      this.#becomes('live');
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
    const query = this.#query({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion });
    for await (const line of api.lines(`${path}?${query}`, watch.signal)) {
      watch.hears();
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === 'ERROR') throw new ApiError(object.code ?? 500, object.message ?? 'The watch has failed.');
      if (this.state !== 'live') this.#becomes('live');
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      if (type !== 'BOOKMARK') this.#apply(type, object);
    }
    return resourceVersion;
  }

  #apply(type: string, object: KubeObject): void {
    const item = type === 'DELETED' ? undefined : this.#options.keep(object);
    if (item === undefined) this.items.delete(keyOf(object));
    else this.items.set(keyOf(object), item);
    this.#options.changed();
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
    this.#becomes('broken');
    // Whom the API does not know, it will not know at the next try.
    if (known.code === 401) {
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

  #becomes(state: LiveState): void {
    this.state = state;
    if (state === 'live') this.error = undefined;
    this.#options.changed();
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
