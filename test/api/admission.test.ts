/** Webhooks, called over TLS, on the composed group. */
import { describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import { configuration } from '../unit/admission/fixture.ts';
import { root } from './group-api.ts';
import {
  api,
  cluster,
  clusters,
  eachWithWebhooks,
  lines,
  mutate,
  mutating,
  only,
  ours,
  validate,
  validating,
  webhook,
} from './admission-fixture.ts';

eachWithWebhooks();

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
