/** Webhooks, called over TLS, on the composed group. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type {
  MutatingWebhookConfiguration,
  Namespace,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../src/apis/kubernetes/types.ts';
import { createAdmission } from '../../src/apiserver/admission/index.ts';
import { createAuditLog, parseAuditPolicy } from '../../src/apiserver/audit/index.ts';
import { createInProcessClient } from '../../src/apiserver/client/index.ts';
import { createWebhookCaller } from '../../src/clients/kubernetes/index.ts';
import type { WebhookCaller } from '../../src/clients/contract.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { LocalWebhook, type ReviewRequest } from '../support/webhook.ts';
import { configuration, hook, noPolicies, Shelf } from '../unit/admission/fixture.ts';
import { GroupApi, inDefault, root } from './group-api.ts';

let webhook: LocalWebhook;
let caller: WebhookCaller;
let api: GroupApi;
let lines: string[];
const mutating = new Shelf<MutatingWebhookConfiguration>();
const validating = new Shelf<ValidatingWebhookConfiguration>();

beforeAll(async () => {
  webhook = await LocalWebhook.start();
});
afterAll(() => webhook.close());
beforeEach(async () => {
  webhook.reset();
  mutating.put();
  validating.put();
  lines = [];
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
  const resolve = () => Promise.reject(new Error('there are no services'));
  caller = createWebhookCaller({ resolve, clock: systemClock });
  const admission = createAdmission({
    ...parts,
    ...{ configurations: { mutating, validating }, caller, policies: noPolicies() },
    namespaces: new (class extends Shelf<Namespace> {
      read = () => Promise.resolve(undefined);
    })(),
    authorizer: { authorize: () => ({ allowed: true }) },
    uid: randomUUID,
  });
  const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- {level: RequestResponse}';
  const audit = createAuditLog({
    ...parts,
    policy: parseAuditPolicy(policy, () => undefined),
    sink: { write: (line) => lines.push(line) > 0, close: () => Promise.resolve() },
    secretFields: ['masterEncryptionKey', 'authToken', 'secretKeys.value'],
  });
  api = await GroupApi.started({ admission, audit });
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
});
afterEach(() => {
  api.stop();
  caller.close();
});

const clusters = `${inDefault}/kubedirectorclusters`;
const resources = { limits: { memory: '4Gi', cpu: 2 }, requests: { memory: '4Gi', cpu: 2 } };
const cluster = (metadata: object = { name: 'live' }): object => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata,
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
});

/** Rules for all resources of the group, without subresources. */
function ours(path: string, more: Partial<ValidatingWebhook> = {}): ReturnType<typeof hook> {
  const rules = [
    { operations: ['*' as const], apiGroups: ['kubedirector.hpe.com'], apiVersions: ['*'], resources: ['*'] },
  ];
  return hook(path.slice(1), { clientConfig: webhook.clientConfig(path), rules, ...more });
}
const mutate = (more?: Partial<ValidatingWebhook>): void =>
  mutating.put(configuration('MutatingWebhookConfiguration', 'm', ours('/mutate', more)));
const validate = (more?: Partial<ValidatingWebhook>): void =>
  validating.put(configuration('ValidatingWebhookConfiguration', 'v', ours('/validate', more)));
const only = (path: string): ReviewRequest => {
  const [request, ...others] = webhook.requests(path);
  if (request === undefined || others.length > 0) throw new Error(`${others.length + 1} requests to ${path}`);
  return request;
};
const operations = (path: string): string[] =>
  webhook
    .requests(path)
    .map(({ operation, resource, subResource = '', name = '' }) =>
      [operation, resource.resource, subResource, name].filter((part) => part !== '').join(' '),
    );

describe('the durations of requests', () => {
  const sums = async (): Promise<{ whole: number; own: number; ownCount: number }> => {
    const text = (await api.get('/metrics').expect(200)).text;
    const of = (name: string): number =>
      Number(
        new RegExp(`^${name}\\{verb="POST",[^}]*resource="kubedirectorclusters"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1],
      );
    return {
      whole: of('apiserver_request_duration_seconds_sum'),
      own: of('apiserver_request_sli_duration_seconds_sum'),
      ownCount: of('apiserver_request_sli_duration_seconds_count'),
    };
  };
  const slowly = async (): Promise<object> => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return {};
  };

  it('do not contain the time of webhooks where they measure the server: of all mutating ones, and of the slowest other', async () => {
    mutating.put(configuration('MutatingWebhookConfiguration', 'm', ours('/mutate'), ours('/mutate2')));
    validating.put(configuration('ValidatingWebhookConfiguration', 'v', ours('/validate'), ours('/validate2')));
    for (const path of ['/mutate', '/mutate2', '/validate', '/validate2']) webhook.answers.set(path, slowly);
    await api.post(clusters, cluster()).expect(201);
    const { whole, own } = await sums();
    expect(whole).toBeGreaterThan(0.9);
    // Two calls of 0.3 s one after the other, then 0.3 s for those at once. Clock and timers may differ by a millisecond.
    expect(whole - own).toBeGreaterThan(0.89);
    expect(own).toBeGreaterThan(0);
  });

  it('do not contain dry runs in these metrics', async () => {
    await api.post(`${clusters}?dryRun=All`, cluster()).expect(201);
    const { whole, ownCount } = await sums();
    expect(whole).toBeGreaterThan(0);
    expect(ownCount).toBeNaN();
  });
});

describe('a creation', () => {
  it('is changed first, then defaulted and validated as if the client had sent the result', async () => {
    mutate();
    validate();
    webhook.answers.set('/mutate', () => ({
      patch: [
        { op: 'add', path: '/metadata/labels', value: { by: 'webhook' } },
        { op: 'replace', path: '/spec/roles/2/members', value: 5 },
        { op: 'add', path: '/spec/unheardOf', value: 1 },
      ],
      warnings: ['mind the gap'],
    }));
    const sent = { ...cluster(), spec: { ...(cluster() as KubeDirectorCluster).spec } };
    const answer = await api.post(clusters, sent).expect(201);
    expect(answer.headers['warning']).toBe('299 - "mind the gap"');
    const { metadata, spec } = answer.body as KubeDirectorCluster;
    expect(metadata.labels).toEqual({ by: 'webhook' });
    expect(spec.roles[2]?.members).toBe(5);
    expect(spec).not.toHaveProperty('unheardOf');
    const { object: before } = only('/mutate');
    const managedFields = [expect.objectContaining({ operation: 'Update' })];
    expect(before?.metadata).toEqual({ name: 'live', namespace: 'default', managedFields });
    const { object: after, oldObject } = only('/validate');
    expect(oldObject).toBeNull();
    expect(after).toMatchObject({ metadata: { uid: metadata.uid, generation: 1 }, spec: { namingScheme: 'UID' } });
  });

  it('is refused where a webhook made it invalid, of another kind, or for another place', async () => {
    mutate();
    for (const [patch, code, words] of [
      [{ op: 'replace', path: '/spec/roles/2/members', value: 'many' }, 422, 'spec.roles[2].members'],
      [{ op: 'replace', path: '/spec/app', value: 'nope' }, 422, 'spec.app'],
      [
        { op: 'replace', path: '/kind', value: 'Other' },
        422,
        'kind: Invalid value: "Other": must be KubeDirectorCluster',
      ],
      [{ op: 'replace', path: '/metadata/namespace', value: 'other' }, 400, 'does not match the namespace'],
      [{ op: 'remove', path: '/metadata' }, 422, 'metadata.name'],
      [{ op: 'replace', path: '/metadata/labels', value: 7 }, 422, 'metadata.labels'],
    ] as const) {
      webhook.answers.set('/mutate', () => ({ patch: [patch] }));
      const answer = await api.post(clusters, cluster());
      expect([answer.status, (answer.body as { message: string }).message]).toEqual([
        code,
        expect.stringContaining(words),
      ]);
    }
    await api.get(`${clusters}/live`).expect(404);
  });

  it('may get its name from the server or from a webhook', async () => {
    mutate();
    validate();
    await api.post(clusters, cluster({ generateName: 'gen-' })).expect(201);
    expect(only('/mutate').name).toBeUndefined();
    expect(only('/validate').name).toMatch(/^gen-/);
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'add', path: '/metadata/name', value: 'named' }] }));
    await api.post(clusters, cluster({ generateName: 'gen-' })).expect(201);
    await api.get(`${clusters}/named`).expect(200);
  });

  it('stores nothing if a validating webhook refuses it, or in a dry run', async () => {
    validate();
    await api.post(`${clusters}?dryRun=All`, cluster()).expect(201);
    expect(only('/validate')).toMatchObject({ dryRun: true, options: { kind: 'CreateOptions', dryRun: ['All'] } });
    webhook.answers.set('/validate', () => ({
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'no' },
    }));
    expect((await api.post(clusters, cluster()).expect(403)).body).toMatchObject({
      ...{ kind: 'Status', status: 'Failure', reason: 'Forbidden' },
      message: 'admission webhook "validate" denied the request: no',
    });
    await api.get(`${clusters}/live`).expect(404);
  });

  it('that no webhook selects is sent to none', async () => {
    mutate({ objectSelector: { matchLabels: { pick: 'me' } } });
    await api.post(clusters, cluster()).expect(201);
    expect(webhook.asked).toEqual([]);
  });
});

describe('an update', () => {
  beforeEach(() => api.post(clusters, cluster()).expect(201));

  it('is shown with what was there before', async () => {
    mutate();
    validate();
    webhook.answers.set('/mutate', ({ object }) => ({
      patch: [{ op: 'add', path: '/metadata/labels', value: { ...object?.metadata.labels, b: '2' } }],
    }));
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(200);
    for (const path of ['/mutate', '/validate']) {
      expect(only(path)).toMatchObject({ operation: 'UPDATE', name: 'live', options: { kind: 'UpdateOptions' } });
      expect(only(path).oldObject?.metadata.labels).toBeUndefined();
    }
    expect(only('/mutate').object?.metadata.labels).toEqual({ a: '1' });
    expect(only('/validate').object?.metadata.labels).toEqual({ a: '1', b: '2' });
    expect((await api.get(`${clusters}/live`)).body).toMatchObject({ metadata: { labels: { a: '1', b: '2' } } });
  });

  it('is tried again on what others wrote meanwhile, and the webhooks are asked again', async () => {
    mutate({ objectSelector: { matchLabels: { mine: 'yes' } } });
    let isFirst = true;
    webhook.answers.set('/mutate', async () => {
      if (isFirst) {
        isFirst = false;
        await api.patch(`${clusters}/live`, { metadata: { annotations: { theirs: 'yes' } } }).expect(200);
      }
      return { patch: [{ op: 'add', path: '/metadata/labels/by', value: 'webhook' }] };
    });
    const answer = await api.patch(`${clusters}/live`, { metadata: { labels: { mine: 'yes' } } }).expect(200);
    expect(answer.body).toMatchObject({
      metadata: { labels: { mine: 'yes', by: 'webhook' }, annotations: { theirs: 'yes' } },
    });
    expect(webhook.requests('/mutate')).toHaveLength(2);
    expect(webhook.requests('/mutate')[1]?.oldObject?.metadata.annotations).toEqual({ theirs: 'yes' });
  });

  it('cannot be turned into an update of another object', async () => {
    mutate();
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'replace', path: '/metadata/name', value: 'other' }] }));
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(400);
  });

  it('of the status is sent with subresource "status"', async () => {
    const rules = [{ operations: ['*' as const], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/status'] }];
    validate({ rules });
    await api.patch(`${clusters}/live`, { metadata: { labels: { a: '1' } } }).expect(200);
    expect(webhook.asked).toEqual([]);
    await api.patch(`${clusters}/live/status`, { status: { state: 'configured' } }).expect(200);
    expect(only('/validate')).toMatchObject({ subResource: 'status', object: { status: { state: 'configured' } } });
  });

  it('from inside the process is sent to webhooks as well', async () => {
    validate();
    webhook.answers.set('/validate', () => ({ allowed: false, status: { message: 'not even you' } }));
    const registry = api.server.registry<KubeDirectorCluster>('kubedirector.hpe.com', 'kubedirectorclusters');
    const user = { name: 'system:serviceaccount:kubedirector:kubedirector', groups: [] };
    const client = createInProcessClient(registry, { user, manager: 'test', requestId: randomUUID });
    const target = { namespace: 'default', name: 'live' };
    await expect(client.patch(target, { metadata: { labels: { a: '1' } } })).rejects.toThrow('not even you');
    expect(only('/validate').userInfo.username).toBe(user.name);
    await expect(client.delete(target)).rejects.toThrow('not even you');
  });
});

describe('scaling', () => {
  beforeEach(async () => {
    const scaled = cluster({ name: 'live', annotations: { 'kubedirector.hpe.com/scale-role': 'broker' } });
    await api.post(clusters, scaled).expect(201);
  });
  const scale = [{ operations: ['*' as const], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/scale'] }];

  it('of a cluster is sent to webhooks as a Scale, not as a cluster', async () => {
    mutating.put(configuration('MutatingWebhookConfiguration', 'm', ours('/main'), ours('/mutate', { rules: scale })));
    validate({ rules: scale });
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'replace', path: '/spec/replicas', value: 7 }] }));
    const answer = await api.patch(`${clusters}/live/scale`, { spec: { replicas: 4 } }).expect(200);
    expect(answer.body).toMatchObject({ kind: 'Scale', spec: { replicas: 7 } });
    expect(operations('/main')).toEqual([]);
    expect(only('/mutate')).toMatchObject({ object: { spec: { replicas: 4 } }, oldObject: { spec: { replicas: 3 } } });
    expect(only('/validate')).toMatchObject({
      ...{ operation: 'UPDATE', subResource: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
      ...{ object: { spec: { replicas: 7 } }, oldObject: { spec: { replicas: 3 } } },
    });
    webhook.answers.set('/validate', () => ({ allowed: false, status: { message: 'enough' } }));
    await api.patch(`${clusters}/live/scale`, { spec: { replicas: 9 } }).expect(400);
    expect((await api.get(`${clusters}/live/scale`)).body).toMatchObject({ spec: { replicas: 7 } });
  });

  it('of a role is sent as a scale of the role, and as an update of its cluster', async () => {
    validating.put(
      configuration('ValidatingWebhookConfiguration', 'v', ours('/main'), ours('/validate', { rules: scale })),
    );
    await api.patch(`${inDefault}/kubedirectorroles/live.broker/scale`, { spec: { replicas: 4 } }).expect(200);
    expect(operations('/validate')).toEqual(['UPDATE kubedirectorroles scale live.broker']);
    expect(operations('/main')).toEqual(['UPDATE kubedirectorclusters live']);
    webhook.answers.set('/main', () => ({ allowed: false }));
    await api.patch(`${inDefault}/kubedirectorroles/live.broker/scale`, { spec: { replicas: 5 } }).expect(400);
  });
});

describe('a deletion', () => {
  it('is sent with the object, one call for each object', async () => {
    for (const name of ['a', 'b']) await api.post(clusters, cluster({ name })).expect(201);
    mutate();
    validate();
    webhook.answers.set('/validate', ({ oldObject }) => ({ allowed: oldObject?.metadata.name === 'a' }));
    await api.delete(clusters).expect(400);
    expect(operations('/validate').sort()).toEqual(['DELETE kubedirectorclusters a', 'DELETE kubedirectorclusters b']);
    expect(operations('/mutate').sort()).toEqual(operations('/validate').sort());
    await api.get(`${clusters}/a`).expect(404);
    await api.get(`${clusters}/b`).expect(200);
    webhook.reset();
    await api.delete(`${clusters}/b?propagationPolicy=Background`).expect(200);
    const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' };
    expect(only('/validate')).toMatchObject({ object: null, oldObject: { metadata: { name: 'b' } }, options });
  });
});

describe('secrets', () => {
  const masterEncryptionKey = '0123456789abcdef'.repeat(4);
  const configs = `${root}/namespaces/kubedirector/kubedirectorconfigs`;
  const config = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorConfig',
    metadata: { name: 'kd-global-config' },
  };

  it('are shown to webhooks, and never appear in the log, whatever the webhooks answer', async () => {
    await api.post(configs, { ...config, spec: { masterEncryptionKey } }).expect(201);
    mutate();
    validate();
    webhook.answers.set('/mutate', ({ oldObject }) => {
      const key = String(oldObject?.spec?.['masterEncryptionKey']);
      return {
        patch: [
          { op: 'add', path: '/spec/masterEncryptionKey', value: key },
          { op: 'add', path: '/metadata/labels', value: { by: 'webhook' } },
        ],
        auditAnnotations: { key: `it was ${key}` },
      };
    });
    await api.patch(`${configs}/kd-global-config`, { metadata: { annotations: { a: '1' } } }).expect(200);
    expect(only('/validate').oldObject?.spec).toMatchObject({ masterEncryptionKey });
    webhook.answers.set('/validate', () => ({
      allowed: false,
      status: { message: `the key is ${masterEncryptionKey}` },
    }));
    const refused = await api
      .patch(`${configs}/kd-global-config`, { metadata: { annotations: { a: '2' } } })
      .expect(400);
    expect((refused.body as { message: string }).message).toContain(masterEncryptionKey);
    const text = lines.join('');
    expect(text).toContain('"mutate/key":"it was [redacted]"');
    expect(text).toContain('patch.webhook.admission.k8s.io/round_0_index_0');
    expect(text).toContain('denied the request: the key is [redacted]');
    expect(text).not.toContain(masterEncryptionKey);
  });

  it('and the rest of the answers are in the audit log under kube-apiserver’s names', async () => {
    mutate({ failurePolicy: 'Ignore' });
    webhook.answers.set('/mutate', () => ({ patch: [{ op: 'add', path: '/metadata/labels', value: { x: 'y' } }] }));
    await api.post(clusters, cluster()).expect(201);
    webhook.answers.set('/mutate', () => ({ raw: { code: 500, body: '' } }));
    await api.post(clusters, cluster({ name: 'other' })).expect(201);
    type Event = { stage: string; verb: string; annotations?: Record<string, string> };
    const created = lines
      .map((line) => JSON.parse(line) as Event)
      .filter(({ stage, verb }) => stage === 'ResponseComplete' && verb === 'create')
      .slice(-2);
    const about = { configuration: 'm', webhook: 'mutate' };
    const position = 'webhook.admission.k8s.io/round_0_index_0';
    expect(created.map(({ annotations }) => annotations)).toMatchObject([
      {
        [`mutation.${position}`]: JSON.stringify({ ...about, mutated: true }),
        [`patch.${position}`]: JSON.stringify({
          ...about,
          patch: [{ op: 'add', path: '/metadata/labels', value: { x: 'y' } }],
          patchType: 'JSONPatch',
        }),
      },
      {
        [`mutation.${position}`]: JSON.stringify({ ...about, mutated: false }),
        [`failed-open.mutation.${position}`]: 'mutate',
      },
    ]);
  });

  it('are no panic of this server in the audit log if a webhook fails', async () => {
    validate();
    webhook.answers.set('/validate', () => ({ raw: { code: 500, body: '' } }));
    await api.post(clusters, cluster()).expect(500);
    expect(lines.filter((line) => line.includes('"stage":"Panic"'))).toEqual([]);
  });
});
