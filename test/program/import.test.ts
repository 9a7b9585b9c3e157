/** `kubedirector storage import`: the objects of an existing KubeDirector become those of a store. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { builtProgram, command } from '../support/command.ts';

const apiVersion = 'kubedirector.hpe.com/v1beta1';
let scratch: string;
let stores = 0;
let data: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kubedirector-import-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function storage(args: readonly string[], input = '') {
  const argv = [builtProgram, 'storage', ...args];
  const env = { ...process.env, NODE_NO_WARNINGS: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', input, cwd: scratch, env });
  return { code: status, stdout, stderr };
}
function file(name: string, content: string): string {
  writeFileSync(join(scratch, name), content);
  return join(scratch, name);
}
/** An empty one for each test. */
function into(): string[] {
  stores += 1;
  data = join(scratch, `store-${stores}`);
  return ['--data', data];
}
function stored(): Map<string, { revision: number; value: unknown }> {
  const lines = storage(['backup', '-', '--data', data]).stdout.split('\n').slice(1, -2);
  return new Map(
    lines.map((line) => {
      const { key, revision, value } = JSON.parse(line) as { key: string; revision: number; value: unknown };
      return [key, { revision, value }];
    }),
  );
}

const metadata = (name: string, uid: string) => ({
  ...{ name, namespace: 'default', uid, generation: 3, creationTimestamp: '2026-01-02T03:04:05Z' },
  ...{ labels: { team: 'data' }, annotations: { note: 'yes' }, finalizers: ['kubedirector.hpe.com/cleanup'] },
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'u-owner' }],
});
const member = {
  ...{ pod: 'kdss-abcde-0', service: 's-kdss-abcde-0', nodeID: 1, state: 'configured' },
  stateDetail: { lastConfiguredContainer: 'containerd://1', lastConfigDataGeneration: 3, lastSetupGeneration: 1 },
};
const status = {
  ...{
    state: 'configured',
    clusterService: 'kdhs-abcde',
    generationUID: 'g',
    lastNodeID: 1,
    specGenerationToProcess: 3,
  },
  roles: [{ id: 'head', statefulSet: 'kdss-abcde', members: [member] }],
};
const resources = { limits: { cpu: '1', memory: '1Gi' } };
const cluster = {
  ...{ apiVersion, kind: 'KubeDirectorCluster', metadata: metadata('sample', 'u-1') },
  ...{ spec: { app: 'golden', roles: [{ id: 'head', members: 1, resources }] }, status },
};
const backup = {
  ...{ apiVersion, kind: 'KubeDirectorStatusBackup', metadata: metadata('sample', 'u-2') },
  spec: { statusBackup: status },
};
const config = {
  ...{ apiVersion, kind: 'KubeDirectorConfig', metadata: metadata('kd-global-config', 'u-3') },
  spec: { masterEncryptionKey: '00'.repeat(32) },
};
/** As the operator and kube-apiserver have it. */
function shown<T extends { metadata: object }>(object: T, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion, selfLink: '/old' } };
}
const shownCluster = shown(
  { ...cluster, status: { ...status, lastConnectionHash: 'd41d8cd98f00b204e9800998ecf8427e' } },
  '950',
);
const shownBackup = shown({ ...backup, spec: { statusBackup: shownCluster.status } }, '951');
const shownConfig = shown(config, '77');
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u-4' } };
const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: [shownCluster, shownBackup] };
const typed = {
  apiVersion,
  kind: 'KubeDirectorConfigList',
  items: [{ ...shownConfig, kind: undefined, apiVersion: undefined }],
};

const keys = {
  cluster: '/kubedirector.hpe.com/kubedirectorclusters/default/sample',
  config: '/kubedirector.hpe.com/kubedirectorconfigs/default/kd-global-config',
  backup: '/kubedirector.hpe.com/kubedirectorstatusbackups/default/sample',
};
function expectAll(): void {
  const found = stored();
  expect([...found].map(([key, { value }]) => [key, value])).toEqual([
    [keys.cluster, cluster],
    [keys.config, config],
    [keys.backup, backup],
  ]);
  // Watches of the old API know none of these revisions, whatever the cluster writes until the switch.
  for (const { revision } of found.values()) expect(revision).toBeGreaterThan(1_000_000_000);
}

describe('kubedirector storage import, from files', () => {
  it('keeps metadata, spec and status, from lists and several documents, in YAML and JSON', () => {
    const yaml = file('dump.yaml', `${stringify(list)}---\n${stringify(pod)}`);
    const json = file('dump.json', JSON.stringify(typed));
    const { code, stdout, stderr } = storage(['import', yaml, json, ...into()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('imported 3 objects');
    expect(stdout).toContain("left out, because they are not KubeDirector's: v1 Pod");
    expectAll();
    expect(storage(['check', '--data', data])).toMatchObject({ code: 0 });
  });

  it('skips what is there and equal, and replaces what differs only with --overwrite', () => {
    const dump = file('again.json', JSON.stringify({ ...list, items: [...list.items, shownConfig] }));
    expect(storage(['import', dump, ...into()])).toMatchObject({ code: 0 });
    const before = stored();
    const again = storage(['import', '-', '--data', data], stringify(list));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('2 were there already') as unknown });
    expect(stored()).toEqual(before);
    const changed = file('changed.json', JSON.stringify({ ...shownConfig, spec: { backupClusterStatus: true } }));
    const refused = storage(['import', changed, '--data', data]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('differ (/kubedirector.hpe.com/kubedirectorconfigs/default/kd-global-config)');
    expect(stored()).toEqual(before);
    expect(storage(['import', changed, '--overwrite', '--data', data])).toMatchObject({ code: 0 });
    expect(stored().get(keys.config)?.value).toMatchObject({ spec: { backupClusterStatus: true } });
    expect(stored().get(keys.cluster)).toEqual(before.get(keys.cluster));
  });

  it.each([
    [
      'no uid',
      JSON.stringify({ ...config, metadata: { name: 'kd-global-config', namespace: 'default' } }),
      'no metadata.uid',
    ],
    ['nothing of KubeDirector', JSON.stringify(pod), 'there is no object of kubedirector.hpe.com to import'],
    ['two that differ', [config, { ...config, spec: {} }].map((one) => stringify(one)).join('---\n'), 'comes twice'],
    ['no YAML', 'a: [', 'neither YAML nor JSON'],
    ['text', 'hello', 'something that is no object'],
  ])('refuses %s, and writes nothing', (_, text, message) => {
    const { code, stderr } = storage(['import', '-', ...into()], text);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(storage(['check', '--data', data])).toMatchObject({ code: 2 });
  });

  it('wants to be told where from', () => {
    expect(storage(['import', ...into()])).toMatchObject({ code: 2 });
    expect(storage(['import', 'x', '--kubeconfig', 'y', ...into()])).toMatchObject({ code: 2 });
    expect(storage(['import', join(scratch, 'absent'), ...into()])).toMatchObject({ code: 2 });
  });
});

describe('kubedirector storage import, from a cluster', () => {
  let server: Server;
  /** Of the APIService. */
  let spec: object;

  async function kubeconfig(): Promise<string> {
    const pages: Record<string, object> = {
      '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.kubedirector.hpe.com': { spec },
      [`/apis/${apiVersion}/kubedirectorclusters?limit=500`]: {
        ...{ kind: 'KubeDirectorClusterList', metadata: { resourceVersion: '960', continue: 'more' }, items: [] },
      },
      [`/apis/${apiVersion}/kubedirectorclusters?limit=500&continue=more`]: {
        ...{ kind: 'KubeDirectorClusterList', metadata: { resourceVersion: '960' }, items: [shownCluster] },
      },
      [`/apis/${apiVersion}/kubedirectorconfigs?limit=500`]: { ...typed, metadata: { resourceVersion: '961' } },
      [`/apis/${apiVersion}/kubedirectorstatusbackups?limit=500`]: {
        ...{ kind: 'KubeDirectorStatusBackupList', metadata: { resourceVersion: '962' }, items: [shownBackup] },
      },
    };
    server = createServer((request, response) => {
      const page = pages[request.url ?? ''];
      const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(page ?? missing));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    return file(
      'kubeconfig',
      JSON.stringify({
        clusters: [{ name: 'c', cluster: target }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
  }
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('reads all pages of what its CustomResourceDefinitions hold; an app is not there', async () => {
    spec = { group: 'kubedirector.hpe.com' };
    const { code, stderr } = await command(['storage', 'import', '--kubeconfig', await kubeconfig(), ...into()]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectAll();
  });

  it('refuses a cluster whose group another API server serves', async () => {
    spec = { service: { name: 'kubedirector', namespace: 'kubedirector' } };
    const { code, stderr } = await command(['storage', 'import', '--kubeconfig', await kubeconfig(), ...into()]).ended;
    expect(stderr).toContain('is served by another API server already');
    expect(code).toBe(2);
  });
});
