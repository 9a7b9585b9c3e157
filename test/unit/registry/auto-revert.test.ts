/** What the API keeps of a spec for updateStrategy.autoRevert, and how it comes back. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStoredSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { fieldsPutBack, putBack } from '../../../src/apis/kubedirector/before-update.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { causes, context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const key = '00'.repeat(32);
const next = '11'.repeat(32);
const controller: UserInfo = { name: 'controller', groups: [] };
let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.config({ masterEncryptionKey: key });
  for (const name of ['one', 'two']) {
    fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
  }
  await fixture.app(minimalApp);
  const [role] = minimalCluster.spec.roles;
  const secretKeys = [{ name: 'password', value: 'of the beginning' }];
  const secret = { name: 'one', mountPath: '/there' };
  const spec = { ...minimalCluster.spec, updateStrategy: { autoRevert: true } };
  await fixture.cluster({
    ...minimalCluster,
    spec: { ...spec, roles: [{ ...role, id: 'only', ...role, secretKeys, secret }] },
  });
  const members = [{ pod: 'set-0', service: 'n/a', nodeID: 1, state: 'configured' as const, stateDetail: {} }];
  const revisions = { currentRevision: 'r', updateRevision: 'r' };
  await fixture.setStatus('one', {
    app: 'minimal',
    roles: [{ id: 'only', statefulSet: 'set', members, ...revisions }],
  });
});
afterEach(() => fixture.stop());

const stored = () => {
  const found = fixture.clusters.cache.get(namespace, 'one')?.object;
  if (found === undefined) throw new Error('no cluster');
  return found;
};
const edit = (change: (role: ClusterRole, spec: ClusterSpec) => void, user = context.user) =>
  fixture.changeCluster('one', ({ spec }) => spec.roles.forEach((role) => change(role, spec)), user);
const other = (role: ClusterRole): void => {
  role.env = [{ name: 'A', value: 'b' }];
  role.secret = { name: 'two', mountPath: '/there' };
  role.secretKeys = [{ name: 'password', value: 'of the end' }];
};
const before = () => stored().status?.beforeUpdate ?? {};
const opened = (text: unknown, masterKey = key) =>
  openStoredSecretKey(
    String(text),
    { key: masterKey, former: [] },
    { namespace, cluster: 'one', role: 'only', key: 'password' },
  )?.value;
const keptText = () => (before().roles?.[0]?.fields?.['secretKeys'] as ClusterRole['secretKeys'])?.[0]?.encryptedValue;

describe('the write that begins an update', () => {
  it('keeps what the role said before, with its values encrypted', async () => {
    await edit(other);
    expect(before().roles?.map(({ id }) => id)).toEqual(['only']);
    expect(before().roles?.[0]?.fields).toMatchObject({ secret: { name: 'one' } });
    expect(before().roles?.[0]?.fields).not.toHaveProperty('members');
    expect(JSON.stringify(stored())).not.toContain('of the beginning');
    expect(opened(keptText())).toBe('of the beginning');
  });

  it('keeps it over further changes, and nothing of what restarts no member', async () => {
    await edit((role) => (role.podLabels = { a: 'b' }));
    expect(stored().status?.beforeUpdate).toBe(undefined);
    await edit(other);
    const first = before();
    await edit((role) => (role.env = [{ name: 'A', value: 'c' }]));
    expect(before()).toEqual(first);
    expect(fieldsPutBack(stored().spec, before()).toSorted()).toEqual([
      'spec.roles[0].env',
      'spec.roles[0].secret',
      'spec.roles[0].secretKeys',
    ]);
  });

  it('keeps what a role said that changes while the update goes on', async () => {
    const roles = stored().status?.roles?.map((role) => ({ ...role, updateRevision: 'of another app' })) ?? [];
    await fixture.setStatus('one', { ...stored().status, roles, beforeUpdate: { app: 'older' } });
    await edit((role) => (role.env = [{ name: 'A', value: 'c' }]));
    expect(before()).toMatchObject({ app: 'older', roles: [{ id: 'only' }] });
    expect(fieldsPutBack(stored().spec, before())).toEqual(['spec.app', 'spec.roles[0].env']);
  });

  it('keeps nothing where autoRevert is not set, nor of an update that had begun without it', async () => {
    await edit((_role, spec) => (spec.updateStrategy = {}));
    await edit(other);
    expect(stored().status?.beforeUpdate).toBe(undefined);
    const roles = stored().status?.roles?.map((role) => ({ ...role, updateRevision: 'other' })) ?? [];
    await fixture.setStatus('one', { ...stored().status, roles });
    await edit((role, spec) => {
      spec.updateStrategy = { autoRevert: true };
      role.env = [{ name: 'A', value: 'c' }];
    });
    expect(stored().status?.beforeUpdate).toBe(undefined);
  });
});

describe('the write that takes an update back', () => {
  const back = (user = controller, more: (spec: ClusterSpec) => void = () => undefined) =>
    fixture.changeCluster(
      'one',
      (cluster) => {
        cluster.spec = putBack(cluster.spec, before());
        more(cluster.spec);
      },
      user,
    );
  const announce = (): Promise<unknown> => {
    const failed = { role: 'only', revision: 's', failedAt: '2026-01-01T00:00:00Z' };
    return fixture.setStatus('one', { ...stored().status, autoRevert: { ...failed, fields: ['spec.roles[0].env'] } });
  };

  it('is accepted from the controller, which may not read what the user was allowed to name', async () => {
    await edit(other);
    expect(await causes(back())).toContainEqual(expect.stringMatching(/secret\.name: Forbidden/));
    await announce();
    await back();
    expect(stored().spec.roles[0]).toMatchObject({ secret: { name: 'one' } });
    expect(stored().spec.roles[0]).not.toHaveProperty('env');
    expect(opened(stored().spec.roles[0]?.secretKeys?.[0]?.encryptedValue)).toBe('of the beginning');
  });

  it('is checked like any other where it brings something else', async () => {
    await edit(other);
    await announce();
    const more = back(controller, (spec) => {
      spec.defaultSecret = { name: 'two', mountPath: '/there' };
    });
    expect(await causes(more)).toContainEqual(expect.stringMatching(/Forbidden/));
  });

  it('brings values that another masterEncryptionKey has encrypted anew meanwhile', async () => {
    await edit(other);
    await fixture.configs.update(context, { namespace: systemNamespace, name: 'kd-global-config' }, (current) => {
      return { ...(current as KubeDirectorConfig), spec: { ...current?.spec, masterEncryptionKey: next } };
    });
    await vi.waitFor(() => {
      fixture.clock.advance(5_000);
      expect(opened(keptText(), next)).toBe('of the beginning');
    });
    await announce();
    await back();
    expect(opened(stored().spec.roles[0]?.secretKeys?.[0]?.encryptedValue, next)).toBe('of the beginning');
  });
});
