/** The chart on the cluster that KUBECONFIG names: install, upgrade, uninstall. No server runs behind it on simulated nodes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart, makeTools, nameOf, outputOf, whyNot, type Shown, type Tools } from './support/helm.ts';

const hasCluster = (process.env['KUBECONFIG'] ?? '') !== '';
const why = whyNot() ?? (hasCluster ? undefined : 'needs a disposable cluster in KUBECONFIG');
const apiService = 'apiservice/v1beta1.kubedirector.hpe.com';
const claim = 'persistentvolumeclaim/kubedirector-data';
const inNamespace = '--namespace=kubedirector';

describe.skipIf(why !== undefined)(`The Helm chart in a cluster${why === undefined ? '' : ` (${why})`}`, () => {
  let tools: Tools;
  beforeAll(async () => {
    tools = await makeTools();
    const found = await tools.kubectl('get', apiService, '--ignore-not-found', '-o=name');
    if (outputOf(found) !== '') throw new Error(`this cluster has an ${apiService} already`);
  });
  afterAll(async () => {
    await tools.kubectl('delete', 'namespace/kubedirector', '--ignore-not-found', '--timeout=60s');
    tools.remove();
  });

  const succeeds = async (...args: readonly string[]): Promise<string> => outputOf(await tools.helm(...args));
  const kubectl = async (...args: readonly string[]): Promise<string> => outputOf(await tools.kubectl(...args));
  const read = async (name: string): Promise<Shown> =>
    JSON.parse(await kubectl('get', name, inNamespace, '-o=json')) as Shown;
  const exists = async (name: string): Promise<boolean> =>
    (await kubectl('get', name, inNamespace, '--ignore-not-found', '-o=name')) !== '';
  const versions = async (): Promise<string> =>
    kubectl(
      'get',
      'deployment,service,serviceaccount,role',
      inNamespace,
      '-o=jsonpath={.items[*].metadata.generation}',
    );

  it('installs all of its objects, and says what to do next', async () => {
    const notes = await succeeds('install', 'kubedirector', chart, '--create-namespace');
    expect(notes).toContain('kubectl wait --for=condition=Available apiservice/v1beta1.kubedirector.hpe.com');
    for (const object of await tools.render()) {
      const { kind, metadata } = object;
      const place = metadata.namespace === undefined ? [] : [`--namespace=${metadata.namespace}`];
      const found = await kubectl('get', kind, metadata.name, ...place, '--ignore-not-found', '-o=name');
      expect([nameOf(object), found]).toEqual([nameOf(object), expect.stringContaining(metadata.name)]);
    }
  });

  it('changes nothing when it is upgraded with the same values', async () => {
    const before = await versions();
    await succeeds('upgrade', 'kubedirector', chart);
    expect(await versions()).toBe(before);
  });

  it('keeps the CA that the server has put into its APIService', async () => {
    const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');
    const patch = JSON.stringify({ spec: { caBundle } });
    await kubectl('patch', apiService, '--type=merge', `--patch=${patch}`, '--field-manager=kubedirector');
    await succeeds('upgrade', 'kubedirector', chart, '--set=resources.limits.memory=2Gi', '--set=logLevel=debug');
    expect((await read(apiService)).spec).toMatchObject({ caBundle });
    expect(JSON.stringify((await read('deployment/kubedirector')).spec)).toMatch(/--log-level=debug.*"memory":"2Gi"/);
  });

  it('takes the rights for the whole cluster away when namespaces are named', async () => {
    await kubectl('create', 'namespace', 'chart-team-a');
    try {
      await succeeds('upgrade', 'kubedirector', chart, '--set=namespaces={chart-team-a}');
      expect(await exists('clusterrole/kubedirector-controller')).toBe(false);
      expect(await kubectl('get', 'rolebindings', '-n=chart-team-a', '-o=name')).toContain('kubedirector-controller');
      await succeeds('rollback', 'kubedirector', '1');
      expect(await exists('clusterrole/kubedirector-controller')).toBe(true);
      expect(await kubectl('get', 'rolebindings', '-n=chart-team-a', '-o=name')).toBe('');
    } finally {
      await kubectl('delete', 'namespace', 'chart-team-a', '--wait=false');
    }
  });

  it('asks before it uninstalls, and leaves everything where nobody can tell whether there are clusters', async () => {
    // A node that does not exist: the Job never runs, as if it could not be scheduled.
    const nowhere = '--set=nodeSelector.kubernetes\\.io/hostname=nowhere';
    await succeeds('upgrade', 'kubedirector', chart, nowhere);
    const { code, stderr } = await tools.helm('uninstall', 'kubedirector', '--timeout=5s');
    expect(code).not.toBe(0);
    expect(stderr).toContain('kubedirector-uninstall-check not ready');
    expect(await exists(apiService)).toBe(true);
    expect(await exists('deployment/kubedirector')).toBe(true);
    // As the documentation says: Helm upgrades no release whose uninstallation failed.
    const history = JSON.parse(await succeeds('history', 'kubedirector', '--output=json')) as { revision: number }[];
    await succeeds('rollback', 'kubedirector', String(history.at(-1)?.revision));
    await succeeds('upgrade', 'kubedirector', chart, '--reset-values');
  });

  it('uninstalls all but the data, and uses them when it is installed again', async () => {
    const before = await read(claim);
    // The Job succeeds: a simulated node runs nothing.
    await succeeds('uninstall', 'kubedirector', '--wait', '--timeout=60s');
    const left = await kubectl(
      'get',
      'apiservices,clusterroles,clusterrolebindings',
      '-l=app.kubernetes.io/part-of=kubedirector',
    );
    expect(left).toBe('');
    expect(await exists('deployment/kubedirector')).toBe(false);
    expect(await exists(claim)).toBe(true);
    await succeeds('install', 'kubedirector', chart);
    expect((await read(claim)).metadata).toMatchObject({ uid: (before.metadata as { uid?: string }).uid });
    await succeeds('uninstall', 'kubedirector', '--no-hooks');
  });
});
