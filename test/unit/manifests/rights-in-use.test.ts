/**
 * The manifests must give the program exactly the rights that it uses. The test calls every port on a cluster, and
 * compares its requests to kube-apiserver with the rules. The program can only call what the types of the ports
 * offer.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKubernetesClients, type KubernetesClients } from '../../../src/clients/kubernetes/clients.ts';
import { createLeaseClient } from '../../../src/clients/kubernetes/index.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { FakeApiServer, type Received } from '../../support/fake-api-server.ts';
import { only, type PolicyRule } from './manifest-files.ts';

const target = { namespace: 'ns', name: 'a' };
const object: Stored<KubeObject> = {
  apiVersion: 'v1',
  kind: 'Any',
  metadata: { ...target, uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
};

type Call = (...args: readonly unknown[]) => unknown;
/** These read the view, which `start` fills, and send no requests. */
const ofViews = ['get', 'list', 'byLabel', 'onChange', 'synced', 'view'];
const argumentsOf: Readonly<Record<string, readonly unknown[]>> = {
  read: [target],
  watchOne: [target, () => undefined],
  create: [object],
  update: [object],
  updateStatus: [object],
  patch: [target, {}],
  apply: [object, object, { metadata: { labels: null } }],
  delete: [target, { uid: 'u' }],
  about: [{ kind: 'Pod', ...target }],
  evict: [object],
  resize: [object, 'app', {}],
  follow: [new AbortController().signal],
  hasClass: ['a'],
};

/** Everybody may ask what a group serves. */
const isDiscovery = (path: string): boolean => /^\/apis\/[^/]+\/v1$/.test(path);

let server: FakeApiServer;
let transport: ApiTransport;
let clients: KubernetesClients;
beforeEach(async () => {
  server = await FakeApiServer.start();
  server.interfere = ({ method, path }) => {
    if (isDiscovery(path)) return { status: 200, body: { resources: [{ name: 'volumesnapshots' }] } };
    return method === 'GET' ? undefined : { status: 200, body: object };
  };
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  clients = createKubernetesClients({ transport, clock: systemClock, random: Math.random, logger: silentLogger });
});
afterEach(async () => {
  clients.close();
  transport.close();
  await server.close();
});

async function callAll(ports: object): Promise<void> {
  for (const [name, port] of Object.entries(ports) as [string, Readonly<Record<string, Call>>][]) {
    for (const [method, call] of Object.entries(port)) {
      if (ofViews.includes(method)) continue;
      const args = argumentsOf[method];
      if (args === undefined) throw new Error(`what does ${name}.${method} need?`);
      await call(...args);
    }
  }
}

const sorted = (rights: Iterable<string>): string[] => [...new Set(rights)].sort();

/** The rights that RBAC requires, as "verb resource.group". Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-authorization */
function rightsFor({ method, path, query, headers, body }: Received): string[] {
  const [, group = '', rest = ''] = /^\/(?:api|apis\/([^/]+))\/v1\/(?:namespaces\/[^/]+\/(?=.))?(.*)$/.exec(path) ?? [];
  const [plural = '', name, subresource] = rest.split('/');
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const isApply = headers['content-type']?.startsWith('application/apply-patch') === true;
  // An apply that names no existing object creates one.
  const makesOne = isApply && (body as KubeObject).metadata.resourceVersion === '1';
  const verbs = {
    GET: [query['watch'] === 'true' ? 'watch' : name === undefined ? 'list' : 'get'],
    POST: ['create'],
    PUT: ['update'],
    PATCH: makesOne ? ['patch', 'create'] : ['patch'],
    DELETE: ['delete'],
  }[method];
  if (verbs === undefined) throw new Error(`${method} ${path} is of no verb`);
  return verbs.map((verb) => `${verb} ${resource}.${group}`);
}
const used = (): string[] => sorted(server.received.filter(({ path }) => !isDiscovery(path)).flatMap(rightsFor));

const granted = (...rules: readonly PolicyRule[]): string[] =>
  sorted(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`)),
      ),
    ),
  );
const rulesOf = (kind: string, name: string): readonly PolicyRule[] => only(kind, name).rules ?? [];

describe('The rights of the program', () => {
  it('are exactly what it needs to watch, read and write objects and to run commands in containers', async () => {
    clients.start(new AbortController().signal);
    await callAll({ ...clients.native, quotas: clients.quotas });
    clients.events.record(object, 'Normal', 'Cluster', 'once');
    clients.events.record(object, 'Normal', 'Cluster', 'another');
    await vi.waitFor(() => expect(used()).toContain('create events.'));
    clients.events.record(object, 'Normal', 'Cluster', 'once');
    // Other code needs these: a WebSocket, and an ownerReference that blocks the deletion of the owner.
    const others = [
      'get pods/exec.',
      'create pods/exec.',
      'update kubedirectorbackups/finalizers.kubedirector.hpe.com',
      'update kubedirectorclusters/finalizers.kubedirector.hpe.com',
    ];
    await vi.waitFor(() => {
      expect(sorted([...used(), ...others])).toEqual(granted(...rulesOf('ClusterRole', 'kubedirector-controller')));
    });
  });

  it('to its own certificate are exactly what it needs to maintain it', async () => {
    await callAll(clients.server);
    await vi.waitFor(() => expect(server.watches).toBe(2));
    const rules = ['Role', 'ClusterRole'].flatMap((kind) => rulesOf(kind, 'kubedirector-own-certificate'));
    expect(used()).toEqual(granted(...rules));
  });

  it('to its Lease are exactly what it needs to elect a leader', async () => {
    const closed = new AbortController();
    const context = { transport, clock: systemClock, random: Math.random, logger: silentLogger };
    const leases = createLeaseClient(context, 1_000, closed.signal);
    await callAll({ leases });
    await vi.waitFor(() => expect(server.watches).toBe(1));
    closed.abort();
    expect(used()).toEqual(granted(...rulesOf('Role', 'kubedirector-leader-election')));
  });
});
