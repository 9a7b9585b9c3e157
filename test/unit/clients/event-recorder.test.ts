import { beforeEach, expect, test, vi } from 'vitest';
import type { EventRecorder } from '../../../src/clients/contract.ts';
import { createEventRecorder } from '../../../src/clients/kubernetes/event-recorder.ts';
import type { ApiRequest, ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { alreadyExists, notFound, serviceUnavailable } from '../../../src/meta/status.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

const about = (name: string, namespace?: string): Stored<KubeObject> => ({
  ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorCluster' },
  metadata: {
    ...{ name, uid: `uid-${name}`, resourceVersion: '5', creationTimestamp: '2026-01-01T00:00:00Z' },
    ...(namespace === undefined ? {} : { namespace }),
  },
});

let sent: ApiRequest[];
let answer: (request: ApiRequest) => Promise<unknown>;
let clock: ManualClock;
let warnings: number;
let abort: AbortController;
let events: EventRecorder;
beforeEach(() => {
  sent = [];
  answer = () => Promise.resolve({});
  clock = createManualClock();
  warnings = 0;
  abort = new AbortController();
  const transport: Pick<ApiTransport, 'request'> = {
    request: <T>(request: ApiRequest) => {
      sent.push({ ...request, body: structuredClone(request.body) });
      return answer(request) as Promise<T>;
    },
  };
  const logger: Logger = { ...silentLogger, warn: () => (warnings += 1) };
  events = createEventRecorder({ transport: transport as ApiTransport, clock, logger, signal: abort.signal });
});

const idle = () => new Promise((resolve) => setImmediate(resolve));

test('writes an event into the namespace of the object', async () => {
  events.record(about('spark', 'ns'), 'Warning', 'Cluster', 'no such app');
  await idle();
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/namespaces/ns/events',
    body: {
      ...{ apiVersion: 'v1', kind: 'Event', type: 'Warning', reason: 'Cluster', message: 'no such app', count: 1 },
      metadata: { namespace: 'ns', name: expect.stringMatching(/^spark\.[0-9a-f]{16}$/) as string },
      involvedObject: { kind: 'KubeDirectorCluster', name: 'spark', namespace: 'ns', uid: 'uid-spark' },
      source: { component: 'kubedirector' },
      firstTimestamp: '2026-01-02T03:04:05Z',
      lastTimestamp: '2026-01-02T03:04:05Z',
    },
  });
});

test('writes those about objects without namespace into "default"', async () => {
  events.record(about('node'), 'Normal', 'A', 'b');
  await idle();
  expect(sent[0]?.path).toBe('/api/v1/namespaces/default/events');
  expect(sent[0]?.body).not.toHaveProperty('involvedObject.namespace');
});

test('counts repeats in the first event', async () => {
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  clock.advance(60_000);
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  events.record(about('spark', 'ns'), 'Normal', 'A', 'other');
  await idle();
  const name = (sent[0]?.body as { metadata: { name: string } }).metadata.name;
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
  expect(sent[1]).toMatchObject({
    path: `/api/v1/namespaces/ns/events/${name}`,
    body: { count: 2, lastTimestamp: '2026-01-02T03:05:05Z' },
  });
});

test('writes once what is repeated while it waits', async () => {
  let release = (): void => undefined;
  answer = () => new Promise<void>((resolve) => (release = resolve));
  events.record(about('a', 'ns'), 'Normal', 'A', 'slow');
  for (let i = 0; i < 10; i += 1) events.record(about('b', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(sent).toHaveLength(1);
  release();
  await idle();
  expect(sent).toHaveLength(2);
  expect(sent[1]).toMatchObject({ method: 'POST', body: { count: 10 } });
});

test('creates an event again that has expired in kube-apiserver', async () => {
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  answer = ({ method }) =>
    method === 'PATCH' ? Promise.reject(notFound({ group: '', resource: 'events' }, 'x')) : Promise.resolve({});
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
  expect(sent[2]).toMatchObject({ body: { count: 2 } });
});

test('counts repeats in an event that was created although the answer never came', async () => {
  answer = () => Promise.reject(serviceUnavailable('no answer'));
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  answer = ({ method }) =>
    method === 'POST' ? Promise.reject(alreadyExists({ group: '', resource: 'events' }, 'x')) : Promise.resolve({});
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  events.record(about('spark', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(warnings).toBe(1);
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'POST', 'PATCH', 'PATCH']);
  expect(sent.slice(2)).toMatchObject([{ body: { count: 2 } }, { body: { count: 3 } }]);
});

test('limits the events about one object in a time', async () => {
  for (let i = 0; i < 80; i += 1) events.record(about('spark', 'ns'), 'Normal', 'A', `message ${i}`);
  events.record(about('other', 'ns'), 'Normal', 'A', 'b');
  await vi.waitFor(() => expect(sent).toHaveLength(51));
  clock.advance(30_000);
  events.record(about('spark', 'ns'), 'Normal', 'A', 'later');
  await vi.waitFor(() => expect(sent).toHaveLength(52));
});

test('keeps a limited number of waiting events, and drops the others', async () => {
  let release = (): void => undefined;
  answer = () => new Promise<void>((resolve) => (release = resolve));
  for (let i = 0; i < 3000; i += 1) events.record(about(`c${i}`, 'ns'), 'Normal', 'A', 'b');
  answer = () => Promise.resolve({});
  release();
  await vi.waitFor(() => expect(sent).toHaveLength(1001));
  await idle();
  expect(sent).toHaveLength(1001);
});

test('continues after a failure, which it logs', async () => {
  answer = () => Promise.reject(serviceUnavailable('down'));
  events.record(about('a', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(warnings).toBe(1);
  answer = () => Promise.resolve({});
  events.record(about('a', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(sent[1]).toMatchObject({ method: 'POST', body: { count: 2 } });
});

test('writes nothing once it is stopped', async () => {
  abort.abort();
  events.record(about('a', 'ns'), 'Normal', 'A', 'b');
  await idle();
  expect(sent).toEqual([]);
});
