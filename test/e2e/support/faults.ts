/** Clusters with a fault, and what users read about it. */
import { expect } from 'vitest';
import { createAuthority } from '../../support/certificates.ts';
import { clusterOf, eventually } from './cluster.ts';
import { installation } from './installation.ts';
import { sampleApp, sampleCluster, type ClusterOptions } from './samples.ts';

export const cluster = clusterOf(installation());
export const { ok } = cluster;
const hour = 3_600_000;
/** Storage classes have no namespace: these names belong to this suite. */
export const vanishing = 'kubedirector-e2e-vanishing';
export const empty = 'kubedirector-e2e-empty';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}
interface Member {
  readonly pod: string;
  readonly service: string;
  readonly state: string;
  readonly stateDetail: Readonly<Record<string, string>>;
}
interface Status {
  readonly conditions: readonly Condition[];
  readonly roles: readonly { readonly id: string; readonly members: readonly Member[] }[];
}

export const namespaces: Record<'main' | 'quota' | 'restricted', string> = { main: '', quota: '', restricted: '' };
export const inMain = (): string => `--namespace=${namespaces.main}`;

export async function statusOf(name: string, namespace = namespaces.main): Promise<Status> {
  const found = await cluster.read<{ status?: Status }>('kdcluster', name, `--namespace=${namespace}`);
  return found?.status ?? { conditions: [], roles: [] };
}
export async function member(name: string, role = 'head', index = 0, namespace = namespaces.main): Promise<Member> {
  const found = (await statusOf(name, namespace)).roles.find(({ id }) => id === role)?.members[index];
  if (found === undefined) throw new Error(`cluster ${name} has no member ${index} of role ${role}`);
  return found;
}

/** Waits until the condition is True for this reason, with these words and the pod's name in its message. */
export async function told(
  [name, type, reason]: readonly [name: string, type: string, reason: string],
  words: readonly (string | RegExp)[],
  { timeoutMs = 60_000, namespace = namespaces.main } = {},
): Promise<string> {
  return eventually(
    `cluster ${name} to be ${type} because of ${reason}`,
    async () => {
      const { conditions } = await statusOf(name, namespace);
      const { pod } = await member(name, 'head', 0, namespace);
      const found = conditions.find((condition) => condition.type === type);
      expect(found).toMatchObject({ status: 'True', reason });
      for (const word of [pod, ...words]) expect(found?.message).toMatch(word);
      return found?.message;
    },
    timeoutMs,
  );
}

export const warnings = (name: string, namespace = namespaces.main): Promise<string> =>
  ok(
    ...['get', 'events', `--namespace=${namespace}`, '-o', 'jsonpath={.items[*].message}'],
    ...['--field-selector', `involvedObject.kind=KubeDirectorCluster,involvedObject.name=${name},type=Warning`],
  );

export interface Fault extends Omit<ClusterOptions, 'namespace' | 'app'> {
  /** Of the role `head`. */
  readonly packageURL?: string;
  readonly image?: string;
}

/** An app and a cluster with the same name; the fault is in the role `head`. */
export function faulty({ name, packageURL, image, ...rest }: Fault, namespace = namespaces.main): readonly object[] {
  const app = sampleApp({ namespace, name }) as { spec: { roles: readonly { id: string }[] } };
  const head = {
    ...(image === undefined ? {} : { imageRepoTag: image }),
    ...(packageURL === undefined ? {} : { configPackage: { packageURL, useNewSetupLayout: true } }),
  };
  const roles = app.spec.roles.map((role) => (role.id === 'head' ? { ...role, ...head } : role));
  return [{ ...app, spec: { ...app.spec, roles } }, sampleCluster({ ...rest, namespace, name, app: name })];
}

export const packaged = (name: string): string => `file:///packages/${name}.tgz`;
export const limited = (cpu: string, memory: string) => ({
  resources: { requests: { cpu, memory: '16Mi' }, limits: { cpu, memory } },
});

/** Serves nothing over http; over https it has a certificate that is valid from tomorrow on. */
export async function packageServer(namespace: string): Promise<readonly object[]> {
  const authority = await createAuthority();
  const from = new Date(Date.now() + 24 * hour);
  const pair = await authority.issue('CN=packages', { usage: 'serverAuth', from, until: new Date(+from + hour) });
  const script = `
    const answer = (request, response) => response.writeHead(404).end();
    const { readFileSync } = require('node:fs');
    const [cert, key] = ['cert', 'key'].map((name) => readFileSync('/pair/' + name));
    require('node:http').createServer(answer).listen(8080);
    require('node:https').createServer({ cert, key }, answer).listen(8443);`;
  const metadata = { namespace, name: 'packages' };
  const image = process.env['E2E_IMAGE'] ?? 'kd.lab/kubedirector:test';
  const ports = [
    { name: 'http', port: 8080 },
    { name: 'https', port: 8443 },
  ];
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { cert: pair.cert, key: pair.key } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'authority' },
      stringData: { ca: authority.cert },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'packages' }, ports } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, labels: { app: 'packages' } },
      spec: {
        containers: [
          {
            name: 'server',
            image,
            command: ['node', '-e', script],
            volumeMounts: [{ name: 'pair', mountPath: '/pair' }],
          },
        ],
        volumes: [{ name: 'pair', secret: { secretName: 'packages' } }],
      },
    },
  ];
}

export const storageClass = (name: string): object => ({
  ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } },
  provisioner: 'kubernetes.io/no-provisioner',
});

export const runsAgain = async (pod: string): Promise<boolean> => {
  const file = '/opt/guestconfig/configure.status';
  return (await ok('exec', pod, '-c', 'app', inMain(), '--', 'cat', file)).trim().endsWith('=');
};
