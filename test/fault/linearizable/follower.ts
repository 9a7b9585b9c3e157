/** A watch that goes on after each end where it was, on the server that is named then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { widgetsPath } from '../../support/api.ts';

export interface Follower {
  /** `MODIFIED a@7`, in the order in which they came. */
  readonly events: readonly string[];
  /** What ended it for good: an answer that no client can go on after. */
  readonly failure: string | undefined;
  stop(): Promise<void>;
}

interface Line {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name?: string; readonly resourceVersion: string } };
}

/** @param url of a server that is to be asked now; '' if there is none */
export function follow(url: () => string, from: string): Follower {
  const events: string[] = [];
  const abort = new AbortController();
  const follower: { events: string[]; failure: string | undefined } = { events, failure: undefined };
  let version = from;
  const take = ({ type, object }: Line): void => {
    if (type === 'ERROR') throw new Error(JSON.stringify(object));
    version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') events.push(`${type} ${object.metadata.name ?? ''}@${version}`);
  };
  async function once(): Promise<void> {
    const server = url();
    if (server === '') return;
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${version}`;
    const answer = await fetch(`${server}${widgetsPath}?${query}`, {
      headers: { 'x-user': 'admin' },
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(6_000)]),
    });
    if (answer.status !== 200) {
      if (answer.status === 410) follower.failure = await answer.text();
      return;
    }
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
