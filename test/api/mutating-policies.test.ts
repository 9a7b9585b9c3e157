import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAdmission } from '../../src/apiserver/admission/index.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Namespace,
} from '../../src/apis/kubernetes/types.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { noPolicies, Shelf } from '../unit/admission/fixture.ts';
import { GroupApi, inDefault } from './group-api.ts';

const clusters = `${inDefault}/kubedirectorclusters`;
const resources = { limits: { memory: '4Gi', cpu: 2 }, requests: { memory: '4Gi', cpu: 2 } };
const cluster = (name: string) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name, labels: { mine: 'yes' } },
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
});

let api: GroupApi;
const policies = new Shelf<MutatingAdmissionPolicy>();
const bindings = new Shelf<MutatingAdmissionPolicyBinding>();
beforeEach(async () => {
  const namespaces = new (class extends Shelf<Namespace> {
    read = () =>
      Promise.resolve({
        ...{ apiVersion: 'v1' as const, kind: 'Namespace' as const },
        metadata: { name: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      });
  })();
  const admission = createAdmission({
    ...{ clock: systemClock, logger: silentLogger, metrics: createMetrics(), uid: randomUUID, namespaces },
    configurations: { mutating: new Shelf(), validating: new Shelf() },
    caller: { call: () => Promise.reject(new Error('there are no webhooks')), close: () => undefined },
    policies: { ...noPolicies(), mutating: { policies, bindings } },
    authorizer: { authorize: () => ({ allowed: true }) },
  });
  api = await GroupApi.started({ admission });
  policies.put();
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => api.stop());

function force(expression: string): void {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  policies.put({
    ...{ apiVersion, kind: 'MutatingAdmissionPolicy', metadata: { name: 'p' } },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            ...{ operations: ['CREATE'], apiGroups: ['kubedirector.hpe.com'], apiVersions: ['*'] },
            resources: ['kubedirectorclusters'],
          },
        ],
      },
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  const metadata = { name: 'b' };
  bindings.put({ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec: { policyName: 'p' } });
}

it('An ApplyConfiguration is merged with the object by its schema, and the rest stays', async () => {
  force(
    "Object{metadata: Object.metadata{labels: {'added': object.metadata.name}}, spec: Object.spec{namingScheme: 'UID'}}",
  );
  const { body } = (await api.post(clusters, cluster('live')).expect(201)) as {
    body: { metadata: { labels: object }; spec: { namingScheme: string; roles: object[] } };
  };
  expect(body.metadata.labels).toEqual({ mine: 'yes', added: 'live' });
  expect(body.spec.namingScheme).toBe('UID');
  expect(body.spec.roles).toHaveLength(4);
});

it('An object that an ApplyConfiguration makes invalid is refused as if the client had sent it', async () => {
  force("Object{spec: Object.spec{namingScheme: 'Nope'}}");
  await api.post(clusters, cluster('live')).expect(422);
});

it('An ApplyConfiguration that does not fit the schema is refused by its policy', async () => {
  force('Object{spec: Object.spec{namingScheme: 7}}');
  const { body } = (await api.post(clusters, cluster('live')).expect(403)) as { body: { message: string } };
  expect(body.message).toContain("policy 'p' with binding 'b' denied request: error applying patch: ");
});
