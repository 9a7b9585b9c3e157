/** A watch through kube-apiserver, read line by line. */
import type { Front } from './front.ts';

/** An event as it comes, parsed. */
export interface StreamEvent {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export interface WatchStream {
  readonly status: number;
  /** What has come so far. */
  readonly events: readonly StreamEvent[];
  /** The answer's text where it is no stream of events. */
  readonly text: string;
  /** Resolves once an event like this has come. @throws Error where the stream ends before, or nothing comes in time */
  until(what: string, is: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  /** Resolves when the stream is over, however it ended. */
  readonly ended: Promise<void>;
  close(): void;
}

const patienceMs = 30_000;

/** Begins a watch; resolves once its status is known. */
export async function openStream(front: Front, path: string, accept = 'application/json'): Promise<WatchStream> {
  const aborter = new AbortController();
  const response = await fetch(`http://${front.address}${path}`, { headers: { accept }, signal: aborter.signal });
  const events: StreamEvent[] = [];
  const stream = { text: '' };
  let isOver = false;
  let wake: () => void = () => undefined;
  const take = (line: string): void => {
    if (response.status === 200) events.push(JSON.parse(line) as StreamEvent);
  };
  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const text = decoder.decode(chunk as Uint8Array, { stream: true });
      stream.text += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
      wake();
    }
  }
  const ended = read()
    // A broken connection is an end as well: what matters is what came before it.
    .catch(() => undefined)
    .then(() => {
      isOver = true;
      wake();
    });
  return {
    status: response.status,
    events,
    get text() {
      return stream.text;
    },
    async until(what, is) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const found = events.find(is);
        if (found !== undefined) return found;
        const left = deadline - performance.now();
        if (isOver || left <= 0) {
          const seen = events.map(({ type }) => type).join(' ');
          throw new Error(`${isOver ? 'the stream ended' : 'time passed'} without ${what}; it had: ${seen}`);
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, left);
        });
      }
    },
    ended,
    close: () => {
      aborter.abort();
    },
  };
}

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>>; readonly resourceVersion?: string };
  readonly rows?: readonly { readonly object?: Annotated | null }[];
}

/** Whether it is the bookmark that ends the initial events, in any form. Source: KEP-3157. */
export function endsInitialEvents({ type, object }: StreamEvent): boolean {
  const { metadata, rows } = object as Annotated;
  const inner = rows === undefined ? metadata : rows[0]?.object?.metadata;
  return type === 'BOOKMARK' && inner?.annotations?.['k8s.io/initial-events-end'] === 'true';
}

export function versionOf({ object }: StreamEvent): string {
  return (object as Annotated).metadata?.resourceVersion ?? '';
}
