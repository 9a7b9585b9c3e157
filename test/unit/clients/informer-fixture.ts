/** Informers of a server that a test answers for. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { ObjectChange } from '../../../src/clients/contract.ts';
import { createInformer, type InformerOptions } from '../../../src/clients/kubernetes/informer.ts';
import { resources } from '../../../src/clients/kubernetes/resources.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';

export const label = 'kubedirector.hpe.com/kdcluster';
export const pod = { apiVersion: 'v1', kind: 'Pod' };

export let server: FakeApiServer;
let transport: ApiTransport;
export let abort: AbortController;
export let changes: string[];
/** As fast as can be, and notes how long it was asked to wait. */
export let pauses: number[];
export const hurried: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  after: (milliseconds, callback) => {
    pauses.push(milliseconds);
    return systemClock.after(Math.min(milliseconds, 5), callback);
  },
};

export const told = ({ object, old }: ObjectChange<KubeObject>): string =>
  object ? `${old ? 'changed' : 'added'} ${object.metadata.name}` : `gone ${old?.metadata.name ?? ''}`;

export function start<T extends KubeObject = KubeObject>(options: Partial<InformerOptions<T>> = {}, clock = hurried) {
  const context = { transport, clock, random: () => 0.5, logger: silentLogger };
  const informer = createInformer<T>(context, {
    resource: resources.pods,
    selection: { labelSelector: label },
    labels: [label],
    ...options,
  });
  informer.lister.onChange((change) => changes.push(told(change)));
  informer.start(abort.signal);
  return informer.lister;
}

export const put = (name: string, cluster = 'spark', namespace = 'ns') =>
  server.put(pod, { name, namespace, labels: { [label]: cluster } });
export const seen = (...expected: string[]) => vi.waitFor(() => expect(changes).toEqual(expected));
export const watching = (count: number) =>
  vi.waitFor(() => {
    expect(server.requests('GET', { watch: 'true' })).toHaveLength(count);
    expect(server.watches).toBe(1);
  });

/** Gives each test of the file that calls this a server and a transport of its own. */
export function eachWithServer(): void {
  beforeEach(async () => {
    server = await FakeApiServer.start();
    transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
    abort = new AbortController();
    changes = [];
    pauses = [];
  });
  afterEach(async () => {
    abort.abort();
    transport.close();
    await server.close();
  });
}
