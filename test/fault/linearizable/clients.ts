/** Clients that read and write a few objects at random, on several servers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { widget, widgetsPath } from '../../support/api.ts';
import type { Operation } from './history.ts';

interface Answer {
  readonly status: number;
  readonly object: {
    readonly metadata?: { readonly resourceVersion?: string };
    readonly spec?: { readonly color?: string };
  };
}

/** What a client knows of an object: its value, and the resourceVersion that stands for it. */
interface Known {
  readonly value: string;
  readonly version: string;
}

interface ClientOptions {
  readonly client: number;
  readonly random: () => number;
  readonly keys: readonly string[];
  /** The URL of a server that is to be asked now; '' if there is none. */
  readonly url: () => string;
  readonly now: () => number;
  readonly over: () => boolean;
}

const timeoutMs = 4_000;
/** Before each request: others need the processor, too, and requests of several clients still overlap. */
const pauseMs = 5;
let values = 0;

/** Asks one after the other until it is over. */
export async function runClient(options: ClientOptions, history: Operation[]): Promise<void> {
  const { client, random, keys, now, over } = options;
  const known = new Map<string, Known>();
  while (!over()) {
    await sleep(pauseMs);
    const url = options.url();
    if (url === '') {
      await sleep(20);
      continue;
    }
    const key = keys[Math.floor(random() * keys.length)] ?? '';
    const last = known.get(key);
    const choice = random();
    const call = now();
    if (choice < 0.4 || (last === undefined && choice > 0.7)) {
      const got = await ask(url, 'GET', key);
      const found = got.status === 404 ? '' : (got.object.spec?.color ?? '');
      const outcome = got.status === 200 || got.status === 404 ? 'done' : 'unknown';
      history.push({ client, call, return: now(), op: 'get', key, outcome, found });
      if (got.status === 200) known.set(key, { value: found, version: got.object.metadata?.resourceVersion ?? '' });
      else known.delete(key);
      continue;
    }
    values += 1;
    const value = `v${values}`;
    if (last === undefined) {
      const got = await ask(url, 'POST', key, widgetOf(key, value));
      const outcome = got.status === 201 ? 'done' : got.status === 409 ? 'refused' : 'unknown';
      const version = got.object.metadata?.resourceVersion;
      history.push({ client, call, return: now(), op: 'create', key, value, outcome, version });
      if (outcome === 'done') known.set(key, { value, version: got.object.metadata?.resourceVersion ?? '' });
      continue;
    }
    const isUpdate = choice < 0.9;
    const got = isUpdate
      ? await ask(url, 'PUT', key, widgetOf(key, value, last.version))
      : await ask(url, 'DELETE', key, deletionOf(last.version));
    const outcome = got.status === 200 ? 'done' : got.status === 409 || got.status === 404 ? 'refused' : 'unknown';
    const op = isUpdate ? 'update' : 'delete';
    const version = isUpdate ? got.object.metadata?.resourceVersion : undefined;
    history.push({ client, call, return: now(), op, key, value, expected: last.value, outcome, version });
    if (outcome === 'done' && isUpdate) known.set(key, { value, version: got.object.metadata?.resourceVersion ?? '' });
    else known.delete(key);
  }
}

const widgetOf = (name: string, color: string, resourceVersion?: string): object => {
  const made = widget(name, { spec: { color } });
  return resourceVersion === undefined ? made : { ...made, metadata: { ...made.metadata, resourceVersion } };
};

const deletionOf = (resourceVersion: string): object => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  preconditions: { resourceVersion },
});

/** Status 0: there was no answer. */
async function ask(url: string, method: string, key: string, body?: object): Promise<Answer> {
  const path = method === 'POST' ? widgetsPath : `${widgetsPath}/${key}`;
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'x-user': 'admin', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, object: (await answer.json()) as Answer['object'] };
  } catch {
    await sleep(50);
    return { status: 0, object: {} };
  }
}
