/** A watch that goes on after each end where it was, on the server that is named then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { widgetsPath } from '../../support/api.ts';
import type { Asked } from './server.ts';

/** What a watch has told. */
export interface Told {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** '' for a bookmark. */
  readonly key: string;
  readonly value: string;
  readonly version: number;
  /** The place in the list of connections. */
  readonly connection: number;
}

/** A request that was answered, and after which version it began. */
export interface Connection {
  readonly replica: number;
  readonly from: number;
}

export interface Watched {
  /** The only object that was asked for. */
  readonly only?: string | undefined;
  readonly connections: readonly Connection[];
  /** In the order in which they came. */
  readonly told: readonly Told[];
}

export interface Follower extends Watched {
  /** What ended it for good: an answer that no client can go on after. */
  readonly failure: string | undefined;
  stop(): Promise<void>;
}

interface Line {
  readonly type: Told['type'] | 'ERROR';
  readonly object: {
    readonly code?: number;
    readonly metadata: { readonly name?: string; readonly resourceVersion: string };
    readonly spec?: { readonly color?: string };
  };
}

/** @param server that is to be asked now @param only the name of one object, instead of all */
export function follow(server: () => Asked | undefined, from: string, only?: string): Follower {
  const connections: Connection[] = [];
  const told: Told[] = [];
  const abort = new AbortController();
  const follower: Watched & { failure: string | undefined } = { only, connections, told, failure: undefined };
  let version = from;
  const take = ({ type, object }: Line): void => {
    if (type === 'ERROR') {
      if (object.code === 410) follower.failure = JSON.stringify(object);
      throw new Error(JSON.stringify(object));
    }
    const { metadata, spec } = object;
    version = metadata.resourceVersion;
    const [key, value] = [metadata.name ?? '', spec?.color ?? ''];
    told.push({ type, key, value, version: Number(version), connection: connections.length - 1 });
  };
  async function once(): Promise<void> {
    const asked = server();
    if (asked === undefined) return;
    const selector = only === undefined ? '' : `&fieldSelector=metadata.name%3D${only}`;
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${version}${selector}`;
    const answer = await fetch(`${asked.url}${widgetsPath}?${query}`, {
      headers: { 'x-user': 'admin' },
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(6_000)]),
    });
    if (answer.status !== 200) {
      if (answer.status === 410) follower.failure = await answer.text();
      return;
    }
    connections.push({ replica: asked.replica, from: Number(version) });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of answer.body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(JSON.parse(line) as Line);
    }
  }
  const running = (async () => {
    while (!abort.signal.aborted && follower.failure === undefined) {
      // A connection that breaks off is what the test is about.
      await once().catch(() => undefined);
      await sleep(20);
    }
  })();
  return Object.assign(follower, {
    async stop() {
      abort.abort();
      await running;
    },
  });
}
