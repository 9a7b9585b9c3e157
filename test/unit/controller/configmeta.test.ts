import { describe, expect, test } from 'vitest';
import { encryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorApp, KubeDirectorCluster, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { createConfigmeta, type ConfigmetaInput } from '../../../src/controller/plan/guest/configmeta.ts';
import { isJsonObject } from '../../../src/meta/json.ts';
import { sampleApp, testdata } from '../../controller/support/samples.ts';

const stamp = { uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const cluster = (name = 'sample'): KubeDirectorCluster => {
  const golden = testdata('cluster.json') as KubeDirectorCluster;
  return { ...golden, metadata: { ...golden.metadata, name } };
};
const nothing = { clusters: [], configMaps: [], secrets: [] };

function build(change: Partial<ConfigmetaInput>): Record<string, unknown> {
  const input = { cluster: cluster(), app: sampleApp(), config: {}, connected: nothing, ...change };
  const member = input.cluster.status?.roles?.[0]?.members[0] as MemberStatus;
  return JSON.parse(createConfigmeta(input)('head', member)) as Record<string, unknown>;
}

/** Follows a path of names; undefined where it leads nowhere. */
function get(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), document);
}

function references(document: unknown): string[][] {
  if (Array.isArray(document)) return document.flatMap(references);
  if (!isJsonObject(document)) return [];
  const own = document['bdvlibrefkey'];
  return [...(Array.isArray(own) ? [own as string[]] : []), ...Object.values(document).flatMap(references)];
}

describe('a connected cluster', () => {
  const other = { ...cluster('other'), metadata: { ...cluster('other').metadata, ...stamp, name: 'other' } };
  const app = { ...sampleApp(), metadata: { ...sampleApp().metadata, ...stamp, name: 'golden' } };
  const document = build({ connected: { ...nothing, clusters: [{ cluster: other, app }] } });

  test('is there as its own document, every reference leading into it', () => {
    expect(get(document, ['connections', 'clusters', 'other', 'cluster', 'name'])).toBe('other');
    const inner = references(get(document, ['connections', 'clusters', 'other']));
    expect(inner.length).toBeGreaterThan(5);
    for (const reference of inner) expect(reference.slice(0, 3)).toEqual(['connections', 'clusters', 'other']);
  });

  test('leaves no reference without a target anywhere', () => {
    for (const reference of references(document)) expect(get(document, reference), reference.join('.')).toBeDefined();
  });
});

test('maps have their keys in the order of their names, also of such as look like numbers', () => {
  const app = sampleApp();
  app.spec.config.configMeta = { b: '', '10': '', '9': '', '01': '', a: '' };
  const input = { cluster: cluster(), app, config: {}, connected: nothing };
  const text = createConfigmeta(input)('head', input.cluster.status?.roles?.[0]?.members[0] as MemberStatus);
  const [, inner = ''] = /"config_metadata": \{([^}]*)\}/.exec(text) ?? [];
  expect([...inner.matchAll(/"(\w+)": ""/g)].map(([, key]) => key)).toEqual(['01', '10', '9', 'a', 'b']);
});

test('a member of several is told its own token where the app says how it is shown', () => {
  const shown = cluster();
  const head = shown.status?.roles?.find(({ id }) => id === 'head');
  const [first] = head?.members ?? [];
  if (head === undefined || first === undefined) throw new Error('there is no head');
  const members = ['own', 'of the last'].map((authToken) => ({ ...first, authToken }));
  head.members = members;
  const app = sampleApp();
  const services = app.spec.services?.map(({ endpoint, ...service }) => ({
    ...service,
    ...(endpoint === undefined ? {} : { endpoint: { ...endpoint, authTokenScheme: 'Bearer' as const } }),
  }));
  const saying = { ...app, spec: { ...app.spec, ...(services === undefined ? {} : { services }) } };
  const tokenOf = (of: KubeDirectorApp, member: MemberStatus) => {
    const input = { cluster: shown, app: of, config: {}, connected: nothing };
    return get(JSON.parse(createConfigmeta(input)('head', member)), ['node', 'auth_token']);
  };
  expect(members.map((member) => tokenOf(saying, member))).toEqual(['own', 'of the last']);
  // As ever, to the letter.
  expect(members.map((member) => tokenOf(app, member))).toEqual([undefined, undefined]);
  const without = { ...first };
  delete without.authToken;
  expect(tokenOf(saying, without)).toBeUndefined();
});

describe('members', () => {
  test('on their way out are not listed, and a role of which all are is absent', () => {
    const leaving = cluster();
    for (const role of leaving.status?.roles ?? []) {
      for (const member of role.members) if (member.nodeID >= 3) member.state = 'delete pending';
    }
    const document = build({ cluster: leaving });
    expect(get(document, ['nodegroups', '1', 'roles', 'work', 'node_ids'])).toEqual(['2']);
    expect(get(document, ['nodegroups', '1', 'roles', 'bare'])).toBeUndefined();
  });

  test('have their block devices in node', () => {
    const withDevices = cluster();
    const [member] = withDevices.status?.roles?.[0]?.members ?? [];
    if (member !== undefined) member.blockDevicePaths = ['/dev/xvd0'];
    expect(get(build({ cluster: withDevices }), ['node', 'block_device_paths'])).toEqual(['/dev/xvd0']);
  });
});

describe('secretKeys', () => {
  const masterEncryptionKey = '00'.repeat(32);
  const encrypted = (key: string) => encryptSecretKey('s3cret', key, (count) => new Uint8Array(count));
  const withKey = (encryptedValue: string): KubeDirectorCluster => {
    const result = cluster();
    const [head] = result.spec.roles;
    if (head !== undefined) head.secretKeys = [{ name: 'token', encryptedValue }];
    return result;
  };
  const path = ['nodegroups', '1', 'roles', 'head', 'secret_keys', 'token'];

  test('are decrypted', () => {
    expect(
      get(build({ cluster: withKey(encrypted(masterEncryptionKey)), config: { masterEncryptionKey } }), path),
    ).toBe('s3cret');
  });

  test('that are bound to this place are decrypted, those bound to another are left out', () => {
    const { namespace = '' } = cluster().metadata;
    const place = { namespace, cluster: 'sample', role: 'head', key: 'token' };
    const bound = (other: Partial<typeof place>) =>
      encryptSecretKey('s3cret', masterEncryptionKey, (count) => new Uint8Array(count), { ...place, ...other });
    const read = (text: string) => get(build({ cluster: withKey(text), config: { masterEncryptionKey } }), path);
    expect(read(bound({}))).toBe('s3cret');
    for (const other of [{ namespace: 'thief' }, { cluster: 'other' }, { role: 'work' }, { key: 'copy' }])
      expect(read(bound(other))).toBeUndefined();
  });

  test('that another master key made are left out', () => {
    const foreign = encrypted('11'.repeat(32));
    expect(get(build({ cluster: withKey(foreign), config: { masterEncryptionKey } }), path)).toBeUndefined();
  });
});

test('several ConfigMaps of one type stand in the order of the spec; those without a type are not passed on', () => {
  const configMap = (name: string, labels: Record<string, string>) => ({
    ...{ apiVersion: 'v1' as const, kind: 'ConfigMap' as const },
    metadata: { ...stamp, name, labels },
    data: { from: name },
  });
  const label = { 'kubedirector.hpe.com/cmType': 't' };
  const configMaps = [configMap('z', label), configMap('plain', {}), configMap('a', label)];
  const document = build({ connected: { ...nothing, configMaps } });
  expect(get(document, ['connections', 'configmaps'])).toMatchObject({
    t: [{ data: { from: 'z' } }, { data: { from: 'a' } }],
  });
});

test('the domain base of the global config ends every FQDN', () => {
  const document = build({ config: { clusterSvcDomainBase: '.svc.example.org' } });
  expect(get(document, ['node', 'fqdn'])).toMatch(/\.default\.svc\.example\.org$/);
});
