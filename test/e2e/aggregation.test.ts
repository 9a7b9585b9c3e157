import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createAuthority } from '../support/certificates.ts';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { openFront, type Front } from './support/front.ts';
import { apiServiceName, installation, serviceName, systemNamespace } from './support/installation.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';
import { isAvailable } from './support/server.ts';

const cluster = clusterOf(installation());
const { kubectl, ok } = cluster;
/** The Secret with the certificate that the server makes itself. */
const servingSecret = 'kubedirector-serving';
const catalog = process.env['KD_CATALOG'] ?? '../shared/catalog';
let namespace: string;
let front: Front;
const inNamespace = (): string => `--namespace=${namespace}`;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('aggregation');
  front = await openFront(cluster);
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })]);
});
afterAll(async () => {
  await front.close();
  await cluster.dropNamespaces(namespace);
});

describe('kube-apiserver finds the API', () => {
  it('as Available, with its CA', async () => {
    const service = await cluster.read<{ spec: Record<string, unknown> }>('apiservice', apiServiceName);
    expect(service).toMatchObject({ status: { conditions: [{ type: 'Available', status: 'True' }] } });
    expect(service?.spec['insecureSkipTLSVerify'] ?? false).toBe(false);
    expect(service?.spec['caBundle']).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it('as before, after somebody has put another CA into the APIService', async () => {
    const bundle = async () =>
      (await cluster.read<{ spec: { caBundle?: string } }>('apiservice', apiServiceName))?.spec.caBundle;
    const before = await bundle();
    const other = Buffer.from((await createAuthority('CN=somebody-else')).cert).toString('base64');
    const patch = JSON.stringify({ spec: { caBundle: other } });
    const patched = await ok('patch', 'apiservice', apiServiceName, '--type=merge', '-p', patch, '-o', 'json');
    expect((JSON.parse(patched) as { spec: { caBundle: string } }).spec.caBundle).toBe(other);
    await eventually('the CA to be put right', async () => (await bundle()) === before);
    await isAvailable(cluster);
  });

  it.each([
    ['deleted', ['delete', 'secret', servingSecret]],
    // Content that the type of the Secret accepts.
    ['damaged', ['patch', 'secret', servingSecret, '--type=merge', '-p', '{"data":{"tls.crt":"bm9uZQ=="}}']],
  ])('as before, when somebody has %s the Secret with its certificate', async (_how, args) => {
    const inSystem = `--namespace=${systemNamespace}`;
    const certificate = async () => {
      const secret = await cluster.read<{ data: Record<string, string> }>('secret', servingSecret, inSystem);
      return Buffer.from(secret?.data['tls.crt'] ?? '', 'base64').toString();
    };
    await ok(...args, inSystem);
    await eventually('a certificate in the Secret', async () =>
      (await certificate()).startsWith('-----BEGIN CERTIFICATE-----'),
    );
    await isAvailable(cluster);
    expect(new X509Certificate(await certificate()).subjectAltName).toContain(`${serviceName}.${systemNamespace}.svc`);
  });

  it('lists its resources, with short names, verbs and categories', async () => {
    const rows = (
      await ok('api-resources', `--api-group=${group}`, '-o', 'wide', '--no-headers', '--sort-by=name')
    ).split('\n');
    const row = (name: string): string => rows.find((line) => line.startsWith(`${name} `)) ?? '';
    expect(row('kubedirectorclusters')).toMatch(
      / kdcluster\S* +kubedirector.hpe.com\/v1beta1 +true +KubeDirectorCluster +create,delete,deletecollection,get,list,patch,update,watch/,
    );
    expect(row('kubedirectorapps')).toMatch(/ kdapp\S* .*KubeDirectorApp /);
    expect(row('kubedirectorbackups')).toMatch(/ kdbackup\S* .*KubeDirectorBackup /);
    expect(row('kubedirectorconfigs')).toMatch(/ kdconfig\S* .*KubeDirectorConfig /);
    expect(row('kubedirectorstatusbackups')).toMatch(/ kdstatusbackup\S* .*KubeDirectorStatusBackup /);
    expect(row('kubedirectorroles')).toMatch(/ kdrole\S* .*KubeDirectorRole +get,list,watch/);
    expect(row('kubedirectorendpoints')).toMatch(/ kdendpoint\S* .*KubeDirectorEndpoint +get,list,watch/);
  });

  it('lists its version among those of the cluster', async () => {
    expect((await ok('api-versions')).split('\n')).toContain('kubedirector.hpe.com/v1beta1');
  });

  it('serves its discovery and its OpenAPI', async () => {
    const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { text } = await front.ask('/apis', { accept: aggregated });
    const { items } = JSON.parse(text) as {
      items: { metadata: { name: string }; versions: { freshness: string }[] }[];
    };
    const ours = items.find(({ metadata }) => metadata.name === group);
    expect(ours?.versions).toMatchObject([{ version: 'v1beta1', freshness: 'Current' }]);
    const { paths } = JSON.parse(await ok('get', '--raw', '/openapi/v3')) as { paths: Record<string, unknown> };
    expect(Object.keys(paths)).toContain('apis/kubedirector.hpe.com/v1beta1');
    await eventually('the definitions in /openapi/v2', async () =>
      (await ok('get', '--raw', '/openapi/v2')).includes('com.hpe.kubedirector.v1beta1.KubeDirectorCluster'),
    );
  });
});

describe('kubectl', () => {
  it('explains kinds, with all their fields', async () => {
    expect(await ok('explain', 'kdcluster.spec.roles')).toMatch(/FIELD: roles <\[\]\w*>/);
    const app = await ok('explain', 'kubedirectorapps', '--recursive');
    expect(app).toMatch(/KIND: +KubeDirectorApp/);
    expect(app).toContain('defaultConfigPackage');
    expect(await ok('explain', 'kdconfig.spec.masterEncryptionKey')).toMatch(/DESCRIPTION:\n +\S+/);
  });

  it('waits until a cluster is Ready', async () => {
    await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=55s');
    expect(await ok('get', 'kdcluster', inNamespace())).toMatch(
      /^NAME +KDAPP +STATE +READY +ANY DOWN +ANY CONFIGERROR +AGE\none +sample +configured +2\/2 +false +false /,
    );
  });

  it('gets in every form, and by selectors', async () => {
    expect(await ok('get', 'kdcluster/one', inNamespace(), '-o', 'name')).toBe(`kubedirectorcluster.${group}/one\n`);
    expect(await ok('get', 'kdcluster/one', inNamespace(), '-o', 'yaml')).toMatch(/^apiVersion: kubedirector/);
    expect(await ok('get', 'kdcluster', '-A', '--field-selector=status.state=configured')).toContain(namespace);
    expect(await ok('get', 'kdcluster', inNamespace(), '-l', 'no=such')).toBe('');
    expect(await ok('get', 'kdroles', inNamespace())).toMatch(/one\.worker +one +worker +1 +1 +1/);
    expect(await ok('get', 'kdendpoints', inNamespace(), '-o', 'wide')).toContain('http://');
    expect(await ok('describe', 'kdcluster/one', inNamespace())).toMatch(/Events:\n[^]*Member/);
  });

  it('diffs and applies, and then finds no more difference', async () => {
    const wished = (labels: object) => ({
      ...(sampleCluster({ namespace, name: 'two' }) as Shown),
      metadata: { namespace, name: 'two', labels },
    });
    await cluster.apply(wished({ tier: 'gold' }));
    const diff = (labels: object) => kubectl.withInput(JSON.stringify(wished(labels)), 'diff', '-f', '-');
    expect((await diff({ tier: 'gold' })).code).toBe(0);
    const changed = await diff({ tier: 'silver' });
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/-\s+tier: gold\n\+\s+tier: silver/);
    await cluster.apply(wished({ tier: 'silver' }));
    expect((await cluster.read('kdcluster', 'two', inNamespace()))?.metadata.labels).toEqual({ tier: 'silver' });
  });

  it('patches, edits, labels and replaces, and refuses outdated versions', async () => {
    await ok('patch', 'kdcluster/two', inNamespace(), '--type=merge', '-p', '{"metadata":{"annotations":{"a":"1"}}}');
    await ok(
      'patch',
      'kdcluster/two',
      inNamespace(),
      '--type=json',
      '-p',
      '[{"op":"add","path":"/metadata/annotations/b","value":"2"}]',
    );
    await ok('label', 'kdcluster/two', inNamespace(), 'team=x');
    const before = await cluster.read('kdcluster', 'two', inNamespace());
    expect(before?.metadata).toMatchObject({ annotations: { a: '1', b: '2' }, labels: { team: 'x' } });
    const edited = JSON.stringify({ ...before, metadata: { ...before?.metadata, annotations: { edited: 'yes' } } });
    expect(await kubectl.withInput(edited, 'replace', '-f', '-')).toMatchObject({ code: 0 });
    const again = await kubectl.withInput(edited, 'replace', '-f', '-');
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('the object has been modified');
  });

  it('shows changes as they come', async () => {
    const watch = cluster.running('get', 'kdcluster', '-w', '--output-watch-events', inNamespace());
    try {
      await watch.printed('two');
      await ok('label', 'kdcluster/two', inNamespace(), 'seen=yes');
      await watch.printed('MODIFIED');
      await ok('delete', 'kdcluster/two', inNamespace());
      await watch.printed('DELETED');
    } finally {
      watch.process.kill();
    }
  });

  it('scales a role, and a cluster if its role is clear', async () => {
    await ok('scale', 'kdrole/one.worker', '--replicas=3', inNamespace());
    await ok('wait', '--for=jsonpath={.status.replicas}=3', 'kdrole/one.worker', inNamespace(), '--timeout=30s');
    await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=55s');
    await ok('scale', 'kdcluster/one', '--replicas=1', '--current-replicas=3', inNamespace());
    await ok('wait', '--for=jsonpath={.status.replicas}=1', 'kdrole/one.worker', inNamespace(), '--timeout=55s');
    const wrong = await kubectl('scale', 'kdrole/one.head', '--replicas=2', inNamespace());
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('head');
  });

  it('can ask for the rights of the user', async () => {
    expect(await ok('auth', 'can-i', 'delete', `kubedirectorclusters.${group}`, inNamespace())).toBe('yes\n');
    expect(
      (
        await kubectl(
          'auth',
          'can-i',
          'get',
          `kdclusters.${group}`,
          '--subresource=authtoken',
          '--as=nobody',
          inNamespace(),
        )
      ).stdout,
    ).toContain('no');
  });

  it('says that clusters have no rollouts', async () => {
    for (const verb of ['restart', 'status', 'history', 'undo', 'pause']) {
      const { code, stderr } = await kubectl('rollout', verb, 'kdcluster/one', inNamespace());
      expect(code, verb).toBe(1);
      expect(stderr, verb).toMatch(/^error: (.* is not supported|no .* (is registered|has been implemented) for )/);
      expect(stderr, verb).not.toMatch(/panic|internal error/i);
    }
  });

  it('shows every mistake in what is applied, by its field', async () => {
    const wrong = sampleCluster({ namespace, name: 'wrong', app: 'nope', workers: -1 });
    const { code, stderr } = await kubectl.withInput(JSON.stringify(wrong), 'create', '-f', '-');
    expect(code).toBe(1);
    expect(stderr).toContain('spec.app');
    expect(stderr).toContain('spec.roles[1].members');
    const misspelt = sampleCluster({ namespace, name: 'wrong', spec: { serviceTipe: 'ClusterIP' } });
    expect((await kubectl.withInput(JSON.stringify(misspelt), 'create', '-f', '-')).stderr).toContain(
      'unknown field "spec.serviceTipe"',
    );
  });

  it('refuses objects for a namespace that does not exist', async () => {
    const stray = sampleCluster({ namespace: 'e2e-no-such', name: 'stray' });
    const { code, stderr } = await kubectl.withInput(JSON.stringify(stray), 'create', '-f', '-');
    expect(code).toBe(1);
    expect(stderr).toContain('namespaces "e2e-no-such" not found');
  });

  it('gets raw paths: discovery, and subresources', async () => {
    expect(await ok('get', '--raw', `/apis/${group}/v1beta1`)).toContain('"kind":"APIResourceList"');
    const url = `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters/one`;
    expect(JSON.parse(await ok('get', '--raw', `${url}/scale`))).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
    });
    expect(JSON.parse(await ok('get', '--raw', `${url}/endpoints`))).toMatchObject({ kind: 'ClusterEndpoints' });
  });

  it('deletes, and waits until nothing is left', async () => {
    await ok('delete', 'kdcluster', '--all', inNamespace(), '--timeout=55s');
    expect(await ok('get', 'kdclusters,kdroles,kdendpoints', inNamespace())).toBe('');
  });
});

describe.skipIf(!existsSync(catalog))(`the catalog in ${catalog} (KD_CATALOG names another)`, () => {
  const namespaces: string[] = [];
  const files = (folder: string): string[] => (existsSync(catalog) ? readdirSync(join(catalog, folder)) : []);
  const text = (folder: string, file: string): string => readFileSync(join(catalog, folder, file), 'utf8');

  beforeAll(async () => {
    // Two clusters have the same name.
    namespaces.push(await cluster.makeNamespace('catalog'), await cluster.makeNamespace('catalog-stor'));
    for (const name of namespaces) await ok('apply', '-n', name, '-f', join(catalog, 'apps'));
  });
  afterAll(() => cluster.dropNamespaces(...namespaces));

  it.each(files('apps'))('takes the app %s and reads it back', async (file) => {
    const wished = parse(text('apps', file)) as Shown & { spec: { label: object } };
    const stored = await cluster.read('kdapp', wished.metadata.name, '-n', namespaces[0] ?? '');
    const { label, distroID, version, services, config } = wished.spec as Record<string, unknown>;
    expect(stored?.spec).toMatchObject({ label, distroID, version, config });
    expect(stored?.spec?.['services']).toMatchObject(services ?? []);
  });

  it.each(files('clusters'))('takes the cluster %s and reads it back', async (file) => {
    const name = namespaces[file.includes('-stor') ? 1 : 0] ?? '';
    await ok('apply', '-n', name, '-f', join(catalog, 'clusters', file));
    for (const document of parseAllDocuments(text('clusters', file))) {
      const wished = document.toJS() as Shown | null;
      if (wished === null) continue;
      const stored = await cluster.read('kdcluster', wished.metadata.name, '-n', name);
      expect(stored?.spec).toMatchObject(wished.spec ?? {});
    }
  });
});
