/** Reads and watches of gadgets, which have two versions, from a server that listens. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import type { Api } from '../support/api.ts';
import { bodyOf } from '../support/api.ts';
import { startedGadgets } from '../support/gadgets.ts';
import { WatchClient } from '../unit/watchcache/watch-client.ts';

export interface Shown {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly continue?: string;
    readonly resourceVersion: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly items: readonly Shown[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: Shown }[];
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly message?: string;
}

export let api: Api;
let http: Server;
let base: string;
export const watches: WatchClient[] = [];

export const get = async (path: string, accept = 'application/json'): Promise<Shown> =>
  bodyOf(await api.request('get', path).set('accept', accept).expect(200)) as Shown;
export const post = async (path: string, object: object): Promise<Shown> =>
  bodyOf(await api.request('post', path).send(object).expect(201)) as Shown;
export async function watch(path: string, accept = 'application/json'): Promise<WatchClient> {
  const client = await WatchClient.http1(`${base}${path}`, { 'x-user': 'admin', accept });
  watches.push(client);
  return client;
}
export const [tableAccept, partialAccept] = ['Table', 'PartialObjectMetadata'].map(
  (as) => `application/json;as=${as};g=meta.k8s.io;v=v1`,
) as [string, string];

/** Gives each test of the file that calls this a server with gadgets, and ends its watches. */
export function eachWithGadgets(): void {
  beforeEach(async () => {
    api = await startedGadgets();
    http = createServer((request, response) => void api.server.handle(request, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const watch of watches.splice(0)) watch.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await api.stop();
  });
}
