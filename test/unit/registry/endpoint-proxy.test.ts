/** Which server requests to kubedirectorendpoints/proxy are passed on to. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Pod, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorEndpoint,
  MemberStatus,
} from '../../../src/apis/kubedirector/types.ts';
import { PodUnreachableError, type AccessRequest } from '../../../src/clients/contract.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { endpointProxy } from '../../../src/registry/kubedirector/endpoint-proxy.ts';

interface Case {
  readonly member?: Partial<MemberStatus>;
  readonly scheme?: string;
  readonly path?: string;
  readonly hasAuthToken?: boolean;
  readonly authTokenScheme?: 'token' | 'Bearer';
  readonly podOwner?: string;
  readonly setOwner?: string;
  readonly phase?: string;
  readonly sees?: boolean;
  readonly connect?: () => Promise<never>;
  readonly clusterGone?: boolean;
}

const target = { namespace: 'default', name: 'spark-0.jupyter' };
const context = { user: { name: 'jane', groups: [] } };
const controlledBy = (uid: string) => [{ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller: true }];

function lab(given: Case = {}) {
  const { scheme = 'http', path = '/lab', hasAuthToken = true, podOwner = 'set-uid', setOwner = 'cluster-uid' } = given;
  const asked: AccessRequest[] = [];
  const connected: unknown[] = [];
  const metadata = { namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '1' };
  const endpoint = {
    metadata: { ...metadata, ...target, uid: 'e' },
    spec: {
      cluster: 'spark',
      role: 'master',
      app: 'sp',
      member: 'spark-0',
      service: 'jupyter',
      port: 8888,
      scheme,
      path,
    },
    status: { url: `${scheme}://s-spark-0.default.svc.cluster.local:8888${path}` },
  } as unknown as Stored<KubeDirectorEndpoint>;
  const cluster = {
    metadata: { ...metadata, name: 'spark', uid: 'cluster-uid' },
    status: {
      roles: [
        {
          id: 'master',
          statefulSet: 'spark-set',
          members: [
            { pod: 'spark-0', state: 'configured', authToken: 'secret', service: 's-spark-0', ...given.member },
          ],
        },
      ],
    },
  } as unknown as Stored<KubeDirectorCluster>;
  const { authTokenScheme } = given;
  const endpointOfApp = { port: 8888, hasAuthToken, ...(authTokenScheme && { authTokenScheme }) };
  const app = { spec: { services: [{ id: 'jupyter', endpoint: endpointOfApp }] } } as KubeDirectorApp;
  const pod = {
    metadata: { ...metadata, name: 'spark-0', uid: 'pod-uid', ownerReferences: controlledBy(podOwner) },
    status: { phase: given.phase ?? 'Running', podIP: '10.1.2.3' },
  } as Stored<Pod>;
  const set = {
    metadata: { ...metadata, name: 'spark-set', uid: 'set-uid', ownerReferences: controlledBy(setOwner) },
  } as Stored<StatefulSet>;
  const one = <T>(namespace: string, name: string, object: T) => ({
    get: (ns: string, asked: string) => (ns === namespace && asked === name ? object : undefined),
  });
  const proxy = endpointProxy({
    endpoints: one('default', target.name, { object: endpoint }) as never,
    clusters: one('default', 'spark', given.clusterGone === true ? undefined : { object: cluster }) as never,
    appOf: () => app,
    native: () => ({ pods: one('default', 'spark-0', pod), statefulSets: one('default', 'spark-set', set) }) as never,
    pods: () => ({
      connect:
        given.connect ??
        ((...all) => {
          connected.push([all[0].metadata.uid, all[1], all[2].tls]);
          return Promise.resolve(new PassThrough());
        }),
    }),
    access: {
      review(request) {
        asked.push(request);
        return Promise.resolve({ allowed: given.sees ?? true, reason: '' });
      },
    },
  });
  return { proxy, asked, connected };
}

const signal = new AbortController().signal;

describe('the server of an endpoint', () => {
  it('is the pod of its member, at the port that the app declares', async () => {
    const { proxy, connected } = lab();
    const found = await proxy.connect(context, target);
    expect(found).toMatchObject({
      title: 'member "spark-0", port 8888',
      scheme: 'http',
      host: 's-spark-0.default.svc.cluster.local:8888',
      home: '/lab',
      authorization: 'token secret',
    });
    await found.open(signal);
    expect(connected).toEqual([['pod-uid', 8888, false]]);
  });

  it('gets its token in the way that the app says', async () => {
    const { proxy } = lab({ authTokenScheme: 'Bearer' });
    expect(await proxy.connect(context, target)).toMatchObject({ authorization: 'Bearer secret' });
  });

  it('speaks TLS if its scheme is https', async () => {
    const { proxy, connected } = lab({ scheme: 'https' });
    await (await proxy.connect(context, target)).open(signal);
    expect(connected).toEqual([['pod-uid', 8888, true]]);
  });

  it('is shown the token only for users who may read it, and where the service has one', async () => {
    const refused = lab({ sees: false });
    expect(await refused.proxy.connect(context, target)).not.toHaveProperty('authorization');
    expect(refused.asked).toMatchObject([
      {
        user: { name: 'jane' },
        verb: 'get',
        resource: { subresource: 'authtoken', namespace: 'default', name: 'spark' },
      },
    ]);
    const without = lab({ hasAuthToken: false });
    expect(await without.proxy.connect(context, target)).not.toHaveProperty('authorization');
    expect(without.asked).toEqual([]);
  });

  it.each([
    ['../../x', '/x'],
    ['//evil.example/x', '/evil.example/x'],
    ['lab?a=1', '/lab?a=1'],
    ['', '/'],
    ['/ä b', '/%C3%A4%20b'],
  ])('begins, for the path %j of the app, at %s', async (path, home) => {
    expect((await lab({ path }).proxy.connect(context, target)).home).toBe(home);
  });
});

describe('there is no server', () => {
  it.each<[string, Case, number, string]>([
    [
      'while the member is set up',
      { member: { state: 'creating' } },
      503,
      'member "spark-0" is not configured: it is creating',
    ],
    [
      'if its set-up failed',
      { member: { state: 'config error' } },
      503,
      'member "spark-0" is not configured: it is config error',
    ],
    ['if the pod is another’s', { podOwner: 'somebody' }, 503, 'member "spark-0" has no pod'],
    ['if the StatefulSet is another’s', { setOwner: 'somebody' }, 503, 'member "spark-0" has no pod'],
    ['if the pod does not run', { phase: 'Pending' }, 503, 'the pod of member "spark-0" does not run'],
    [
      'of a member that has left',
      { member: { pod: 'spark-1' } },
      404,
      'kubedirectorendpoints.kubedirector.hpe.com "spark-0.jupyter" not found',
    ],
    [
      'if the cluster is gone',
      { clusterGone: true },
      404,
      'kubedirectorendpoints.kubedirector.hpe.com "spark-0.jupyter" not found',
    ],
    [
      'for another protocol',
      { scheme: 'bolt' },
      400,
      'the endpoint "spark-0.jupyter" speaks "bolt": only http and https pass',
    ],
  ])('%s', async (_, given, code, message) => {
    await expect(lab(given).proxy.connect(context, target)).rejects.toMatchObject({ code, message });
  });

  it('of an endpoint that is not there', async () => {
    const other = { namespace: 'other', name: target.name };
    await expect(lab().proxy.connect(context, other)).rejects.toMatchObject({ code: 404 });
  });

  it('that answers: 503 with the reason, and any other failure as it is', async () => {
    const unreachable = lab({ connect: () => Promise.reject(new PodUnreachableError('no route')) });
    await expect((await unreachable.proxy.connect(context, target)).open(signal)).rejects.toMatchObject({
      code: 503,
      message: 'nobody answers at member "spark-0", port 8888: no route',
    });
    const broken = lab({ connect: () => Promise.reject(new Error('defect')) });
    await expect((await broken.proxy.connect(context, target)).open(signal)).rejects.toThrow('defect');
  });
});
