import { expect, test } from 'vitest';
import { createEventReader } from '../../../src/clients/kubernetes/event-reader.ts';
import type { ApiRequest } from '../../../src/clients/kubernetes/transport.ts';

const subject = { kind: 'Pod', namespace: 'ns', name: 'spark-0', uid: 'u' };

function reading(items: readonly object[]) {
  const sent: ApiRequest[] = [];
  const reader = createEventReader({
    request<T>(request: ApiRequest) {
      sent.push(request);
      return Promise.resolve({ items } as T);
    },
  });
  return { sent, reader };
}

test('asks for the events about one object, in its namespace, and for no watch', async () => {
  const { sent, reader } = reading([]);
  await reader.about(subject);
  await reader.about({ kind: 'Pod', namespace: 'ns', name: 'spark-0' });
  const selector = 'involvedObject.kind=Pod,involvedObject.name=spark-0';
  expect(sent.map(({ method, path, query }) => ({ method, path, query }))).toEqual([
    {
      method: 'GET',
      path: '/api/v1/namespaces/ns/events',
      query: { fieldSelector: `${selector},involvedObject.uid=u` },
    },
    { method: 'GET', path: '/api/v1/namespaces/ns/events', query: { fieldSelector: selector } },
  ]);
});

test('gives the newest first, by whatever time they have, warnings before others of the same second', async () => {
  const { reader } = reading([
    { type: 'Normal', reason: 'Scheduled', message: 'a', eventTime: '2026-01-01T00:00:01.500000Z' },
    { type: 'Normal', reason: 'Killing', message: 'b', lastTimestamp: '2026-01-01T00:00:09Z' },
    { type: 'Warning', reason: 'FailedPostStartHook', message: 'c', lastTimestamp: '2026-01-01T00:00:09Z' },
    { type: 'Warning', reason: 'FailedMount', message: 'd', series: { lastObservedTime: '2026-01-01T00:01:00Z' } },
    { type: 'Warning', reason: 'Timeless', message: 'e' },
  ]);
  expect((await reader.about(subject)).map(({ message }) => message)).toEqual(['d', 'c', 'b', 'a', 'e']);
});

test('gives ten at most', async () => {
  const { reader } = reading(Array.from({ length: 30 }, () => ({ type: 'Normal', reason: 'r', message: '' })));
  expect(await reader.about(subject)).toHaveLength(10);
});
