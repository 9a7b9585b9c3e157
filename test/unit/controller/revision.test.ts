import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ConfigSettings } from '../../../src/apis/kubedirector/config-settings.ts';
import type { ClusterRole, KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { encryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import { placeOf } from '../../../src/apis/kubedirector/secret-key-places.ts';
import { partsOf, revisionsOf } from '../../../src/controller/plan/revision.ts';
import { resolveRoles } from '../../../src/controller/plan/roles.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

const masterEncryptionKey = '0123456789abcdef0123456789abcdef';

const antiAffinity = (term: object): NonNullable<ClusterRole['affinity']> => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', ...term }] },
});

function revision(
  edit: (role: ClusterRole, cluster: KubeDirectorCluster) => void = () => undefined,
  editApp: (app: KubeDirectorApp) => void = () => undefined,
): string | undefined {
  const app = sampleApp();
  editApp(app);
  const cluster = sampleCluster((made) => {
    for (const role of made.spec.roles) if (role.id === 'work') edit(role, made);
  });
  return revisionsOf({ cluster, app, config: { masterEncryptionKey } }, resolveRoles(cluster, app)).get('work');
}

describe('the revision of a role', () => {
  test('is the one of this version for ever: another one would restart all members after an upgrade', () => {
    expect(revision()).toBe('d20f5ab2b7-c6f49');
  });

  test.each<[string, (role: ClusterRole, cluster: KubeDirectorCluster) => void]>([
    ['more members', (role) => (role.members = 9)],
    [
      'labels and annotations',
      (role) => Object.assign(role, { podLabels: { a: 'b' }, serviceAnnotations: { c: 'd' } }),
    ],
    ['another strategy', (role) => (role.updateStrategy = { maxUnavailable: 2 })],
    [
      'another notation of a quantity',
      ({ resources: { limits } }) => (limits.cpu = limits.cpu === '1' ? '1000m' : limits.cpu),
    ],
    ['what is empty', (role) => Object.assign(role, { fileInjections: [], affinity: {}, secretKeys: [] })],
    ['another type of Services', (_role, { spec }) => (spec.serviceType = 'NodePort')],
  ])('is the same with %s', (_what, edit) => {
    expect(revision(edit)).toBe(revision());
  });

  test.each([
    ['pods of all namespaces', {}, { namespaceSelector: {} }],
    ['all pods', {}, { labelSelector: {} }],
    ['a label without a text', { labelSelector: {} }, { labelSelector: { matchLabels: { a: '' } } }],
  ])('is another one with an affinity to %s', (_what, without, term) => {
    const revisionWith = (one: object) => revision((role) => (role.affinity = antiAffinity(one)));
    expect(revisionWith(term)).not.toBe(revisionWith(without));
  });

  test.each<[string, (role: ClusterRole, cluster: KubeDirectorCluster) => void]>([
    ['resources', ({ resources }) => (resources.limits.memory = '7Gi')],
    ['requests', ({ resources }) => (resources.requests = { cpu: '7m' })],
    ['a variable', (role) => (role.env = [{ name: 'A', value: 'b' }])],
    ['shared memory', (role) => (role.sharedMemory = '1Mi')],
    ['a secret', (role) => (role.secret = { name: 's', mountPath: '/s' })],
    ['a projection', (role) => (role.volumeProjections = [{ pvcName: 'p', mountPath: '/p' }])],
    ['a file', (role) => (role.fileInjections = [{ srcURL: 'http://example.com/x', destDir: '/x' }])],
    ['a service account', (role) => (role.serviceAccountName = 'robot')],
    ['a node selector for a label without a text', (role) => (role.nodeSelector = { a: '' })],
    ['a node selector', (role) => (role.nodeSelector = { a: 'b' })],
    ['a toleration', (role) => (role.tolerations = [{ operator: 'Exists' }])],
    ['a user', (role) => (role.securityContext = { runAsUser: 5 })],
    ['a group', (role) => (role.podSecurityContext = { fsGroup: 5 })],
    ['a priority', (role) => (role.priorityClassName = 'high')],
    ['a restart', (role) => (role.restartedAt = '2026-01-01T00:00:00Z')],
    ['a restart of the cluster', (_role, { spec }) => (spec.restartedAt = '2026-01-01T00:00:00Z')],
  ])('is another one with %s', (_what, edit) => {
    expect(revision(edit)).not.toBe(revision());
  });

  test('is another one with another image, capability or package', () => {
    const others = [
      revision(undefined, ({ spec }) => spec.roles.forEach((role) => (role.imageRepoTag = 'other'))),
      revision(undefined, ({ spec }) => (spec.capabilities = ['SYS_TIME'])),
      revision(undefined, ({ spec }) => spec.roles.forEach((role) => (role.configPackage = null))),
    ];
    expect(new Set([...others, revision()]).size).toBe(4);
  });

  test('is another one with a probe, and the same where a field of it only says its default', () => {
    const probed = (probe: object) =>
      revision(undefined, ({ spec }) => spec.roles.forEach((role) => Object.assign(role, { readinessProbe: probe })));
    const probe = { tcpSocket: { port: 'rpc' } };
    expect(probed(probe)).not.toBe(revision());
    expect(probed({ ...probe, periodSeconds: 0, failureThreshold: 0 })).toBe(probed(probe));
    expect(probed({ ...probe, periodSeconds: 5 })).not.toBe(probed(probe));
  });

  test('is the same with ordered set-ups, which concern no member that runs', () => {
    expect(revision(undefined, ({ spec }) => spec.roles.forEach((role) => (role.setup = { ordered: true })))).toBe(
      revision(),
    );
  });

  test('follows the values of secretKeys, and not the texts that they are encrypted to', () => {
    const withKey = (value: string, byte: number) =>
      revision((role, cluster) => {
        const place = placeOf(cluster, role.id, 'k');
        const random = (length: number) => Buffer.alloc(length, byte);
        role.secretKeys = [{ name: 'k', encryptedValue: encryptSecretKey(value, masterEncryptionKey, random, place) }];
      });
    expect(withKey('a', 1)).toBe(withKey('a', 2));
    expect(new Set([withKey('a', 1), withKey('b', 1), revision()]).size).toBe(3);
  });

  test('stays the same under another master key, also while values are encrypted with both', () => {
    const other = 'ff'.repeat(32);
    const former = {
      masterEncryptionKey: other,
      formerEncryptionKeys: [masterEncryptionKey],
      revisionKey: masterEncryptionKey,
    };
    const withKey = (key: string, config: ConfigSettings, value = 'a') => {
      const cluster = sampleCluster((made) => {
        for (const role of made.spec.roles) {
          const place = placeOf(made, role.id, 'k');
          role.secretKeys = [{ name: 'k', encryptedValue: encryptSecretKey(value, key, randomBytes, place) }];
        }
      });
      const app = sampleApp();
      return revisionsOf({ cluster, app, config }, resolveRoles(cluster, app)).get('work');
    };
    const before = withKey(masterEncryptionKey, { masterEncryptionKey });
    const done = { masterEncryptionKey: other, revisionKey: masterEncryptionKey };
    expect([withKey(masterEncryptionKey, former), withKey(other, former), withKey(other, done)]).toEqual([
      before,
      before,
      before,
    ]);
    expect(withKey(other, done, 'b')).not.toBe(before);
  });

  test('tells a restart from a change', () => {
    const restarted = revision((role) => (role.restartedAt = '2026-01-01T00:00:00Z')) ?? '';
    expect(partsOf(restarted)).toEqual(partsOf(revision() ?? ''));
  });

  test('tells other cpu and memory, which a node may give to a member that runs, from other changes', () => {
    const more = revision(({ resources }) => Object.assign(resources.limits, { cpu: '7', memory: '7Gi' })) ?? '';
    const other = revision(({ resources }) => Object.assign(resources.limits, { 'nvidia.com/gpu': '1' })) ?? '';
    const [now, then, gpu] = [partsOf(revision() ?? ''), partsOf(more), partsOf(other)];
    expect([then.what === now.what, then.amounts === now.amounts]).toEqual([true, false]);
    expect([gpu.what === now.what, gpu.amounts === now.amounts]).toEqual([false, true]);
  });
});
