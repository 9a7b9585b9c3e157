/** Numbers, quantities and nulls in bodies, as kube-apiserver reads them. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GroupApi, inDefault } from './group-api.ts';

let api: GroupApi;
beforeEach(async () => {
  api = await GroupApi.started();
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => api.stop());

const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
const resources = { limits: { memory: '4Gi', cpu: '2' }, requests: { memory: '4Gi', cpu: '2' } };
const cluster = (broker: object = {}) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'sound' },
  spec: {
    app: 'streams',
    roles: ['console', 'keeper', 'client', 'broker'].map((id) => ({
      id,
      resources,
      ...(id === 'broker' ? broker : {}),
    })),
  },
});
const path = `${inDefault}/kubedirectorclusters`;

it.each(['1e400', '-1e400', '9'.repeat(400)])('refuses %s, which is too large for a number', async (number) => {
  const body = JSON.stringify(cluster({ members: 11 })).replace('"members":11', `"members":${number}`);
  const answer = await api
    .post(path, body as never)
    .set('content-type', 'application/json')
    .expect(400);
  expect((answer.body as { message: string }).message).toContain('into Go value of type float64');
});

it('accepts such a number within a string', async () => {
  await api.post(path, cluster({ podAnnotations: { number: '1e400 "1e999"' } })).expect(201);
});

it.each(['9223372036854775808', '9007199254740993', '1.5', '1e21'])('refuses %s members', async (number) => {
  const body = JSON.stringify(cluster({ members: 11 })).replace('"members":11', `"members":${number}`);
  const answer = await api
    .post(path, body as never)
    .set('content-type', 'application/json')
    .expect(422);
  expect((answer.body as { message: string }).message).toContain('spec.roles[3].members');
});

it('drops a key whose value is null from maps of the spec, and keeps it in labels', async () => {
  const maps = { podLabels: { a: null }, podAnnotations: { a: null }, serviceLabels: { a: null } };
  const given = cluster({ ...maps, serviceAnnotations: null });
  const labelled = { ...given, metadata: { ...given.metadata, labels: { a: null } } };
  const answer = await api.post(path, labelled as never).expect(201);
  const made = answer.body as { metadata: { labels: object }; spec: { roles: Record<string, object>[] } };
  expect(made.metadata.labels).toEqual({ a: '' });
  const { podLabels, podAnnotations, serviceLabels } = made.spec.roles[3] ?? {};
  expect([podLabels, podAnnotations, serviceLabels]).toEqual([{}, {}, {}]);
  expect(JSON.stringify(made)).not.toContain('null');
  const patched: unknown = (await api.patch(`${path}/sound`, { metadata: { labels: { a: null } } }).expect(200)).body;
  expect(patched).not.toHaveProperty('metadata.labels');
});

it('names the field with the wrong type, and no findings that follow from it', async () => {
  const wrong = { ...cluster(), spec: { app: 'streams', roles: 'x' } };
  const answer = await api.post(path, wrong).expect(422);
  expect(
    (answer.body as { details: { causes: { field: string }[] } }).details.causes.map(({ field }) => field),
  ).toEqual(['spec.roles']);
});
