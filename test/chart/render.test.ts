/** The chart makes the same objects as the kustomizations, and says what is wrong with values. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart, makeTools, nameOf, objectsOf, whyNot, type Shown, type Tools } from './support/helm.ts';

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly annotations: object }[] }[];
}

const why = whyNot();
const etcdServers = 'https://etcd-0.etcd:2379,https://etcd-1.etcd:2379,https://etcd-2.etcd:2379';
/** The annotation is Helm's own. */
const likeKustomize = ['--set=storage.lowdb.keep=false'];
const overlays = {
  lowdb: [],
  etcd: ['--set=storage.engine=etcd', `--set=storage.etcd.servers={${etcdServers}}`],
  'cert-manager': ['--set=certificate.source=cert-manager'],
  namespaced: ['--set=namespaces={team-a,team-b}'],
};
const byName = (objects: readonly Shown[]) => Object.fromEntries(objects.map((object) => [nameOf(object), object]));

describe.skipIf(why !== undefined)(`The Helm chart${why === undefined ? '' : ` (${why})`}`, () => {
  let tools: Tools;
  beforeAll(async () => {
    tools = await makeTools();
  });
  afterAll(() => {
    tools.remove();
  });
  const refusal = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await tools.helm('template', 'kubedirector', chart, ...args);
    expect(code).not.toBe(0);
    return stderr;
  };
  const podOf = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const deployment = (await tools.render(...args)).find(({ kind }) => kind === 'Deployment');
    return (deployment?.spec as { template: { spec: Record<string, unknown> } }).template.spec;
  };
  const kindsOf = async (...args: readonly string[]): Promise<string[]> =>
    (await tools.render(...args)).map(({ kind }) => kind);

  it('has nothing that `helm lint --strict` warns of', async () => {
    const { code, stdout } = await tools.helm('lint', '--strict', chart);
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
    expect(stdout).not.toMatch(/WARNING|ERROR/);
  });

  it.each(Object.entries(overlays))('makes the objects of the overlay %s', async (overlay, args) => {
    const wanted = objectsOf(await tools.kubectl('kustomize', `manifests/overlays/${overlay}`));
    // Helm makes the namespace itself, with --create-namespace.
    const objects = byName(wanted.filter(({ kind }) => kind !== 'Namespace'));
    expect(byName(await tools.render(...likeKustomize, ...args))).toEqual(objects);
  });

  it('can be in another namespace, except for its RoleBinding in kube-system', async () => {
    const values = ['--set=certificate.source=cert-manager', '--set=namespaces={team-a}', '--namespace=data-platform'];
    const objects = await tools.render(...values);
    const places = new Set(objects.map(({ metadata }) => metadata.namespace ?? 'none'));
    expect([...places].sort()).toEqual(['data-platform', 'kube-system', 'none', 'team-a']);
    const moved = objects.filter(({ metadata }) => metadata.namespace === 'kube-system');
    expect(moved.map(nameOf)).toEqual(['RoleBinding kube-system/kubedirector-authentication-reader']);
    // Accounts, the names of certificates, and what cert-manager is told.
    expect(JSON.stringify(objects)).not.toMatch(
      /"namespace":"kubedirector"|kubedirector\.kubedirector|kubedirector\/kubedirector"/,
    );
    expect(JSON.stringify(objects)).toContain('"cert-manager.io/inject-ca-from":"data-platform/kubedirector"');
  });

  it('takes an image by its digest, and flags and resources of one’s own', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const values = [`--set=image.digest=${digest}`, '--set=extraArgs={--max-requests-inflight=800}'];
    const { containers } = (await podOf(...values, '--set=resources.limits.memory=2Gi')) as {
      containers: { image: string; args: string[]; resources: { limits: object } }[];
    };
    expect(containers[0]?.image).toBe(`kubedirector@${digest}`);
    expect(containers[0]?.args.at(-1)).toBe('--max-requests-inflight=800');
    expect(containers[0]?.resources.limits).toEqual({ cpu: '2', memory: '2Gi' });
  });

  it('uses a certificate and a claim that are there already', async () => {
    const certificate = ['--set=certificate.source=secret', '--set=certificate.secretName=mine'];
    const values = [...certificate, '--set=certificate.caBundle=Q0E=', '--set=storage.lowdb.existingClaim=data'];
    const objects = await tools.render(...values);
    expect(objects.find(({ kind }) => kind === 'APIService')?.spec?.['caBundle']).toBe('Q0E=');
    expect(objects.map(nameOf)).not.toContain('ClusterRole /kubedirector-own-certificate');
    expect(objects.map(({ kind }) => kind)).not.toContain('PersistentVolumeClaim');
    const { volumes } = (await podOf(...values)) as { volumes: object[] };
    expect(volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data' } });
    expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: 'mine', defaultMode: 288 } });
  });

  it('keeps names that look like numbers text', async () => {
    const names = { 'storage.lowdb.storageClassName': '1', priorityClassName: '007', 'namespaces[0]': '123' };
    const certificate = ['--set=certificate.source=secret', '--set-string=certificate.secretName=1e5'];
    const values = Object.entries(names).map(([name, value]) => `--set-string=${name}=${value}`);
    const objects = await tools.render(...certificate, '--set=certificate.caBundle=Q0E=', ...values, '--namespace=5');
    expect(objects.find(({ kind }) => kind === 'PersistentVolumeClaim')?.spec?.['storageClassName']).toBe('1');
    expect(JSON.stringify(objects)).toContain('"priorityClassName":"007"');
    expect(JSON.stringify(objects)).toContain('"secretName":"1e5"');
    const places = objects.map(({ metadata }) => metadata.namespace).filter((place) => place !== undefined);
    expect([...new Set(places)].sort()).toEqual(['123', '5', 'kube-system']);
  });

  it('has the alert of backups fire after the time that is asked for', async () => {
    const objects = await tools.render(
      '--set=prometheusRule.enabled=true',
      '--set=prometheusRule.maxBackupAgeSeconds=90000',
    );
    const rule = JSON.stringify(objects.find(({ kind }) => kind === 'PrometheusRule'));
    expect(rule).toContain('> 90000"');
    expect(rule).not.toContain('10800');
  });

  it('leaves out what is switched off', async () => {
    const names = ['networkPolicy.enabled', 'criticalPodsQuota.enabled', 'userRoles.create'];
    const objects = await tools.render(...names.map((name) => `--set=${name}=false`));
    expect(objects.map(({ kind }) => kind)).not.toContain('NetworkPolicy');
    expect(objects.map(({ kind }) => kind)).not.toContain('ResourceQuota');
    expect(objects.map(nameOf)).not.toContain('ClusterRole /kubedirector-view');
    expect(await kindsOf(...overlays.etcd, '--set=podDisruptionBudget.enabled=false')).not.toContain(
      'PodDisruptionBudget',
    );
  });

  it('has an account for its question that may list clusters and nothing else', async () => {
    const hooks = objectsOf(
      await tools.helm('template', 'kubedirector', chart, '--show-only=templates/uninstall-check.yaml'),
    );
    const role = hooks.find(({ kind }) => kind === 'ClusterRole') as unknown as { rules: unknown };
    expect(role.rules).toEqual([
      { apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorclusters'], verbs: ['list'] },
    ]);
  });

  it('has Prometheus read the server, and gives it the alerts with links to their runbooks', async () => {
    const url = 'https://docs.example.com/alerts.html';
    const values = ['--set=serviceMonitor.enabled=true', '--set=prometheusRule.enabled=true'];
    const objects = await tools.render(...values, `--set=prometheusRule.runbookURL=${url}`);
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
    expect(JSON.stringify(monitor?.spec)).toContain('"serverName":"kubedirector.kubedirector.svc"');
    const { groups } = parse(readFileSync(`${chart}/files/alerts.yaml`, 'utf8')) as RuleGroups;
    const linked = groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        annotations: { ...rule.annotations, runbook_url: `${url}#${rule.alert.toLowerCase()}` },
      })),
    }));
    expect(objects.find(({ kind }) => kind === 'PrometheusRule')?.spec).toEqual({ groups: linked });
  });

  it('gives Grafana the dashboard as it is, if asked to', async () => {
    const dashboards = (objects: readonly Shown[]) => objects.filter(({ kind }) => kind === 'ConfigMap');
    expect(dashboards(await tools.render())).toEqual([]);
    const values = ['--set=dashboard.enabled=true', '--set=dashboard.annotations.grafana_folder=Platform'];
    const [dashboard] = dashboards(await tools.render(...values)) as unknown as {
      metadata: { labels: object; annotations: object };
      data: object;
    }[];
    expect(dashboard?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(dashboard?.metadata.annotations).toEqual({ grafana_folder: 'Platform' });
    expect(dashboard?.data).toEqual({ 'kubedirector.json': readFileSync(`${chart}/files/dashboard.json`, 'utf8') });
  });

  it('has every value in its schema', () => {
    const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')) as { properties: object };
    const values = readFileSync(`${chart}/values.yaml`, 'utf8');
    const names = [...values.matchAll(/^([a-zA-Z]+):/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(
      Object.keys(schema.properties)
        .filter((name) => name !== 'global')
        .sort(),
    );
  });

  it.each([
    ['--set=replica=2', /'replica' not allowed/],
    ['--set=storage.engine=sqlite', /storage\/engine.*'lowdb', 'etcd'/s],
    ['--set=namespaces={Team_A}', /namespaces\/0.*does not match pattern/s],
    ['--set=replicas=two', /replicas.*want null or integer/s],
    ['--set=image.digest=latest', /image\/digest.*does not match pattern/s],
    ['--set=replicas=3', /only one server may use the data of storage\.engine lowdb/],
    ['--set=storage.engine=etcd', /storage\.etcd\.servers: name the members of etcd/],
    ['--set=certificate.source=secret', /certificate\.caBundle: /],
  ])('refuses %s, and says why', async (value, message) => {
    expect(await refusal(value)).toMatch(message);
  });
});
