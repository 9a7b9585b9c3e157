import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createQuota } from '../../src/apiserver/admission/quota.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FakeQuotas } from '../unit/admission/fake-quotas.ts';
import { GroupApi, inDefault } from './group-api.ts';

const name = 'count/kubedirectorclusters.kubedirector.hpe.com';
const clusters = `${inDefault}/kubedirectorclusters`;
const resources = { limits: { memory: '4Gi', cpu: 2 }, requests: { memory: '4Gi', cpu: 2 } };
const cluster = (metadata: object) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata,
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
});

let quotas: FakeQuotas;
let api: GroupApi;
beforeEach(async () => {
  quotas = new FakeQuotas();
  api = await GroupApi.started({ quota: createQuota(quotas, systemClock) });
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => api.stop());

const limit = (hard: number): void => quotas.set('q', { hard: { [name]: String(hard) }, used: { [name]: '0' } });
const used = (): string | undefined => quotas.used('q', name);

it('Creates are counted and limited, 16 at a time too', async () => {
  limit(5);
  const names = Array.from({ length: 16 }, (_, at) => `c${at}`);
  const codes = await Promise.all(names.map(async (one) => (await api.post(clusters, cluster({ name: one }))).status));
  expect(codes.filter((code) => code === 201)).toHaveLength(5);
  expect(codes.filter((code) => code === 403)).toHaveLength(11);
  expect(used()).toBe('5');
  const listed = await api.get(clusters);
  expect((listed.body as { items: unknown[] }).items).toHaveLength(5);
});

it('Creates that fail, dry runs and updates are not counted', async () => {
  limit(5);
  await api.post(clusters, cluster({ name: 'a' })).expect(201);
  await api.post(clusters, cluster({ name: 'a' })).expect(409);
  await api.post(clusters, { ...cluster({ name: 'b' }), spec: {} }).expect(422);
  await api.post(`${clusters}?dryRun=All`, cluster({ name: 'c' })).expect(201);
  await api.patch(`${clusters}/a`, { metadata: { labels: { x: 'y' } } }).expect(200);
  expect(used()).toBe('1');
});

it('A create with a generated name is counted once', async () => {
  limit(1);
  await api.post(clusters, cluster({ generateName: 'g-' })).expect(201);
  const refused = await api.post(clusters, cluster({ generateName: 'g-' })).expect(403);
  expect((refused.body as { message: string }).message).toContain(`exceeded quota: q, requested: ${name}=1`);
});
