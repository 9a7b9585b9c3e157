import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlOf, kubectls, type Kubectl, type Outcome } from '../support/kubectl.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

const programs = kubectls();
const catalog = '../shared/catalog';

// Needs a kubectl: KUBECTLS names some, else the one on PATH is taken.
describe.skipIf(programs.length === 0).each(programs)('%s drives the playground', (program) => {
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-kubectl-'));
  let server: RunningProgram;
  let kubectl: Kubectl;

  const succeeds = async (outcome: Promise<Outcome>): Promise<string> => {
    const { code, stdout, stderr } = await outcome;
    expect(code, stderr).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    server = await startProgram({ directory });
    kubectl = kubectlOf(program, server.kubeconfig, join(directory, `cache-${basename(program)}`));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('applies the Spark example, which becomes Ready', { timeout: 240_000 }, async () => {
    const applied = await succeeds(kubectl('apply', '-f', 'manifests/examples/spark'));
    expect(applied).toBe(
      'kubedirectorapp.kubedirector.hpe.com/spark created\nkubedirectorcluster.kubedirector.hpe.com/spark created\n',
    );
    await succeeds(kubectl('wait', '--for=condition=Ready', 'kdcluster/spark', '--timeout=60s'));
    const version = async (): Promise<string> =>
      succeeds(kubectl('get', 'kdapp,kdcluster', '-o', 'jsonpath={.items[*].metadata.resourceVersion}'));
    const before = await version();
    expect(await succeeds(kubectl('apply', '-f', 'manifests/examples/spark'))).toBe(
      'kubedirectorapp.kubedirector.hpe.com/spark unchanged\nkubedirectorcluster.kubedirector.hpe.com/spark unchanged\n',
    );
    expect(await version()).toBe(before);
  });

  it('lists objects as tables', async () => {
    expect(await succeeds(kubectl('get', 'kubedirectorapps'))).toMatch(
      /^NAME +APP NAME +DISTRO ID +VERSION +AGE\nspark /,
    );
    expect(await succeeds(kubectl('get', 'kdcluster'))).toMatch(
      /^NAME +KDAPP +STATE +READY +ANY DOWN +ANY CONFIGERROR +AGE\nspark +spark +configured +4\/4 +false +false /,
    );
    expect(await succeeds(kubectl('get', 'statefulsets'))).toMatch(/^NAME +READY +AGE\nspark-jupyter-\w{5} +1\/1/);
    expect(await succeeds(kubectl('get', 'pods'))).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE\nspark-jupyter-\w{5}-0 +1\/1 +Running +0/,
    );
    expect(await succeeds(kubectl('get', 'services'))).toMatch(
      /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\n/,
    );
    expect(await succeeds(kubectl('get', 'kdroles'))).toMatch(/spark\.worker +spark +worker +2 +2 +2/);
    expect(
      await succeeds(kubectl('get', 'kdendpoints', '-l', 'kubedirector.hpe.com/kdcluster=spark', '-o', 'wide')),
    ).toContain('http://');
    expect(await succeeds(kubectl('get', 'events'))).toMatch(/kubedirectorcluster\/spark/);
    expect(await succeeds(kubectl('get', 'kubedirector'))).toContain('kubedirectorcluster.kubedirector.hpe.com/spark');
  });

  it('describes and explains', async () => {
    expect(await succeeds(kubectl('describe', 'kdcluster', 'spark'))).toMatch(/Events:\n[^]*Member/);
    expect(await succeeds(kubectl('get', 'kdcluster', 'spark', '-o', 'yaml'))).toMatch(/^apiVersion: kubedirector/);
    expect(await succeeds(kubectl('explain', 'kdcluster.spec.roles'))).toMatch(/FIELD: roles <\[\]\w*>/);
    expect(await succeeds(kubectl('explain', 'kdapp', '--recursive'))).toContain('defaultConfigPackage');
    const states = '    creating\n    updating\n    configured\n    spec modified\n';
    expect(await succeeds(kubectl('explain', 'kdcluster.status.state'))).toContain(
      `FIELD: state <string>\nENUM:\n${states}`,
    );
    expect(await succeeds(kubectl('explain', 'pod.spec.containers'))).toContain('image');
    expect(await succeeds(kubectl('api-resources', '--api-group=kubedirector.hpe.com'))).toMatch(
      /kubedirectorclusters +kdcluster/,
    );
  });

  it('scales a role, and says which roles are possible if it is unclear', { timeout: 60_000 }, async () => {
    await succeeds(kubectl('scale', 'kdrole/spark.worker', '--replicas=3'));
    await succeeds(kubectl('wait', '--for=jsonpath={.status.replicas}=3', 'kdrole/spark.worker', '--timeout=30s'));
    await succeeds(kubectl('wait', '--for=condition=Ready', 'kdcluster/spark', '--timeout=60s'));
    await succeeds(kubectl('scale', 'kdcluster/spark', '--replicas=2', '--current-replicas=3'));
    await succeeds(kubectl('wait', '--for=jsonpath={.status.replicas}=2', 'kdrole/spark.worker', '--timeout=30s'));
    const wrong = await kubectl('scale', 'kdrole/spark.worker', '--replicas=0');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('at least 1 member of role "worker"');
  });

  it('writes nothing if a file with an empty label is applied again', async () => {
    const metadata = '{name: nulls, labels: {role: , tier: web}}';
    const head = `apiVersion: kubedirector.hpe.com/v1beta1\nkind: KubeDirectorApp\nmetadata: ${metadata}\n`;
    const role = '{id: r, cardinality: "1", imageRepoTag: x}';
    const config = '{selectedRoles: [r], roleServices: []}';
    const spec = `spec: {label: {name: x}, distroID: x, version: "1", configSchemaVersion: 7, roles: [${role}], config: ${config}}\n`;
    const apply = (): Promise<string> => succeeds(kubectl.withInput(head + spec, 'apply', '-f', '-'));
    const stored = (): Promise<string> =>
      succeeds(kubectl('get', 'kdapp', 'nulls', '-o', 'jsonpath={.metadata.labels} {.metadata.resourceVersion}'));
    await apply();
    const before = await stored();
    // kubectl leaves the null out when it creates, as for every kind; a plain POST would store it as "".
    expect(before).toMatch(/^{"tier":"web"} \d+$/);
    // For kinds with strategic merge patch, such as ConfigMaps, kubectl calls this "configured"; the patch changes nothing.
    await apply();
    await apply();
    expect(await stored()).toBe(before);
    await succeeds(kubectl('delete', 'kdapp', 'nulls'));
  });

  it('shows a misspelt field and a wrong value', async () => {
    const yaml = 'apiVersion: kubedirector.hpe.com/v1beta1\nkind: KubeDirectorCluster\nmetadata: {name: bad}\n';
    const misspelt = await kubectl.withInput(`${yaml}spec: {app: spark, rolez: []}`, 'apply', '-f', '-');
    expect(misspelt.code).toBe(1);
    expect(misspelt.stderr).toContain('unknown field "spec.rolez"');
    const wrong = await kubectl.withInput(
      `${yaml}spec: {app: nope, roles: [{id: a, members: -1}]}`,
      'apply',
      '-f',
      '-',
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('spec.app');
    expect(wrong.stderr).toContain('spec.roles[0].members');
  });

  it('says why nothing can be run in, or connected to, a container', { timeout: 60_000 }, async () => {
    const pod = (await succeeds(kubectl('get', 'pods', '-o', 'name'))).split('\n')[0]?.replace('pod/', '') ?? '';
    for (const command of [
      ['exec', pod, '--', 'ls'],
      ['attach', pod],
      ['cp', 'package.json', `${pod}:/tmp/package.json`],
      ['port-forward', pod, '0:80'],
    ]) {
      const { code, stderr } = await kubectl(...command);
      expect(code, command[0]).toBe(1);
      expect(stderr, command[0]).toContain("the playground's containers are simulated");
    }
  });

  it('edits, labels, annotates, patches and diffs', async () => {
    await succeeds(kubectl('label', 'kdcluster', 'spark', 'team=data'));
    await succeeds(kubectl('annotate', 'kdcluster', 'spark', 'note=hello'));
    await succeeds(
      kubectl('patch', 'kdcluster', 'spark', '--type=merge', '-p', '{"metadata":{"labels":{"team":null}}}'),
    );
    await succeeds(
      kubectl(
        'patch',
        'kdcluster',
        'spark',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/metadata/annotations/note"}]',
      ),
    );
    expect(await succeeds(kubectl('get', 'kdcluster', '-l', 'team=data'))).toBe('');
  });

  it('deletes the cluster and leaves nothing of it', { timeout: 60_000 }, async () => {
    await succeeds(kubectl('delete', 'kdcluster', 'spark', '--timeout=50s'));
    for (const resource of ['statefulsets', 'pods', 'pvc']) {
      await expect.poll(async () => succeeds(kubectl('get', resource)), { timeout: 30_000 }).toBe('');
    }
    await succeeds(kubectl('delete', 'kdapp', 'spark'));
  });

  it.skipIf(!existsSync(catalog))('applies the whole catalog as it is, twice', { timeout: 300_000 }, async () => {
    const twice = async (...args: readonly string[]): Promise<void> => {
      await succeeds(kubectl('apply', ...args));
      expect(await succeeds(kubectl('apply', ...args)), args.at(-1)).toMatch(/^(\S+ unchanged\n)+$/);
      expect(await succeeds(kubectl('diff', ...args)), args.at(-1)).toBe('');
    };
    await twice('-f', `${catalog}/apps`);
    const namespaces = readdirSync(`${catalog}/clusters`).map((file) => file.replace(/[.]yaml$/, ''));
    for (const namespace of namespaces) {
      await succeeds(kubectl('create', 'namespace', namespace));
      await succeeds(kubectl('apply', '-n', namespace, '-f', `${catalog}/apps`));
      await twice('-n', namespace, '-f', `${catalog}/clusters/${namespace}.yaml`);
    }
    await succeeds(kubectl('wait', '--for=condition=Ready', 'kdcluster', '--all', '-A', '--timeout=120s'));
    await succeeds(kubectl('delete', 'namespace', ...namespaces, '--timeout=120s'));
  });
});
