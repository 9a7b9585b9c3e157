import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectSubresource } from '../../../src/apiserver/resource.ts';
import type {
  ClusterEndpoints,
  KubeDirectorCluster,
  KubeDirectorEndpoint,
  KubeDirectorRole,
  MemberStatus,
} from '../../../src/apis/kubedirector/types.ts';
import { parseLabelSelector } from '../../../src/meta/labels.ts';
import { context, documents, Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.app(minimalApp);
  await fixture.cluster(minimalCluster);
});
afterEach(() => fixture.stop());

const member = (pod: string, state: MemberStatus['state'] = 'configured'): MemberStatus => ({
  pod,
  service: `s-${pod}`,
  nodeID: pod.charCodeAt(0),
  state,
  authToken: 'token-of-' + pod,
  stateDetail: { lastKnownContainerState: 'running' },
});
const setMembers = (...members: MemberStatus[]) =>
  fixture.setStatus('one', {
    state: 'configured',
    observedGeneration: 1,
    roles: [{ id: 'only', statefulSet: 'set', members }],
  });

/** Once what has been written, or put down, has been computed. */
async function roles(): Promise<KubeDirectorRole[]> {
  await fixture.group.roles.cache.current();
  return fixture.group.roles.cache.list({}).objects.map(({ object }) => object);
}
async function endpoints(): Promise<KubeDirectorEndpoint[]> {
  await fixture.group.endpoints.cache.current();
  return fixture.group.endpoints.cache.list({}).objects.map(({ object }) => object);
}

describe('kubedirectorroles', () => {
  it('shows each role of each cluster', async () => {
    await setMembers(member('a'), member('b', 'creating'));
    const [role] = await roles();
    const owner = fixture.clusters.cache.get(namespace, 'one')?.object.metadata;
    expect(role?.metadata).toMatchObject({
      name: 'one.only',
      namespace,
      creationTimestamp: owner?.creationTimestamp,
      labels: {
        'kubedirector.hpe.com/kdcluster': 'one',
        'kubedirector.hpe.com/kdapp': 'minimal',
        'kubedirector.hpe.com/appCatalog': 'local',
        'kubedirector.hpe.com/role': 'only',
      },
    });
    expect(role?.spec).toEqual({ cluster: 'one', role: 'only', app: 'minimal', cardinality: '1+', replicas: 1 });
    expect(role?.status).toEqual({
      replicas: 2,
      configuredReplicas: 1,
      selector: 'kubedirector.hpe.com/kdcluster=one,kubedirector.hpe.com/role=only',
      state: 'creating',
      statefulSet: 'set',
    });
  });

  it('has the same uid for the same role, another for another', async () => {
    const [before] = await roles();
    await setMembers(member('a'));
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } });
    const [after, other] = await roles();
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(other?.metadata.uid).not.toBe(after?.metadata.uid);
  });

  it('tells watches of what changes, and of nothing else', async () => {
    await roles();
    const { cache } = fixture.group.roles;
    const watch = cache.watch({ after: cache.revision() });
    await setMembers(member('a'));
    await fixture.changeCluster('one', ({ metadata }) => (metadata.annotations = { a: 'b' }));
    await roles();
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await roles();
    expect(watch.take().map(({ type, object }) => [type, object.object.metadata.name])).toEqual([
      ['MODIFIED', 'one.only'],
      ['DELETED', 'one.only'],
    ]);
    watch.close();
  });

  it('can be selected by label and by field', async () => {
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } });
    await roles();
    const { cache, definition } = fixture.group.roles;
    const labels = parseLabelSelector('kubedirector.hpe.com/kdcluster=two');
    expect(cache.list({ labels }).objects.map(({ object }) => object.metadata.name)).toEqual(['two.only']);
    expect(Object.keys(definition.selectableFields)).toEqual(['spec.cluster', 'spec.role', 'spec.app']);
  });

  it('keeps a role that has left the spec as long as it has members', async () => {
    const [golden] = documents('golden/cluster.json');
    const app = structuredClone(minimalApp);
    app.spec.roles.push({ id: 'gone', cardinality: '0+' });
    app.metadata.name = 'wider';
    await fixture.app(app);
    await fixture.cluster({
      ...minimalCluster,
      metadata: { name: 'golden' },
      spec: { ...minimalCluster.spec, app: 'wider' },
    });
    const status = { ...(golden as unknown as { status: object }).status };
    await fixture.setStatus('golden', {
      ...status,
      roles: [{ id: 'gone', statefulSet: 'set', members: [member('z', 'deleting')] }],
    });
    const shown = (await roles()).filter(({ spec }) => spec?.cluster === 'golden');
    expect(shown.map(({ spec, status }) => [spec?.role, spec?.replicas, status?.replicas])).toEqual([
      ['gone', 0, 1],
      ['only', 1, 0],
    ]);
  });
});

describe('kubedirectorendpoints', () => {
  it('shows each service of each member, with its address inside', async () => {
    await setMembers(member('a'), member('b', 'creating'));
    const shown = await endpoints();
    expect(shown.map(({ metadata }) => metadata.name)).toEqual(['a.web', 'b.web']);
    expect(shown[0]).toMatchObject({
      metadata: { labels: { 'kubedirector.hpe.com/kdcluster': 'one', 'kubedirector.hpe.com/service': 'web' } },
      spec: {
        cluster: 'one',
        role: 'only',
        app: 'minimal',
        member: 'a',
        service: 'web',
        serviceName: 'Web',
        scheme: 'http',
        port: 8080,
        path: '/ui',
        isDashboard: false,
      },
      status: { url: 'http://s-a.default.svc.cluster.local:8080/ui', externalURLs: [], ready: true },
    });
    expect(shown.map(({ status }) => status?.ready)).toEqual([true, false]);
    expect(JSON.stringify(shown)).not.toContain('token-of');
  });

  it('shows where a member is reached from outside, by node ports or a load balancer', async () => {
    await setMembers({
      ...member('a'),
      external: { addresses: ['203.0.113.1', '10.0.0.2'], nodePorts: [{ port: 8080, nodePort: 31234 }] },
    });
    expect((await endpoints())[0]?.status?.externalURLs).toEqual([
      'http://203.0.113.1:31234/ui',
      'http://10.0.0.2:31234/ui',
    ]);
    await setMembers({ ...member('a'), external: { addresses: ['203.0.113.1'], nodePorts: [] } });
    expect((await endpoints())[0]?.status?.externalURLs).toEqual([]);
    await setMembers({ ...member('a'), external: { addresses: ['lb.example.com', '2001:db8::1'] } });
    expect((await endpoints())[0]?.status?.externalURLs).toEqual([
      'http://lb.example.com:8080/ui',
      'http://[2001:db8::1]:8080/ui',
    ]);
  });

  it('follows the status also after labels of the cluster changed, which changes no view', async () => {
    await setMembers(member('a'));
    const [role] = await roles();
    const [endpoint] = await endpoints();
    for (const turn of ['1', '2']) {
      await fixture.clusters.update(context, { namespace, name: 'one' }, (current) => ({
        ...(current as KubeDirectorCluster),
        metadata: { ...(current as KubeDirectorCluster).metadata, labels: { turn } },
      }));
    }
    expect(await roles()).toEqual([role]);
    expect(await endpoints()).toEqual([endpoint]);
    await setMembers({ ...member('a'), external: { addresses: ['10.0.0.1'] } });
    expect((await endpoints())[0]?.status?.externalURLs).toEqual(['http://10.0.0.1:8080/ui']);
    await setMembers(member('a', 'creating'));
    expect((await endpoints())[0]?.status?.ready).toBe(false);
    expect((await roles())[0]?.status?.configuredReplicas).toBe(0);
  });

  it("follows the global configuration's domain", async () => {
    await setMembers(member('a'));
    await fixture.config({ clusterSvcDomainBase: '.svc.example.org' });
    expect((await endpoints())[0]?.status?.url).toBe('http://s-a.default.svc.example.org:8080/ui');
  });

  it('appears with an app that was missing', async () => {
    const labels = { 'kubedirector.hpe.com/restoring': '' };
    await fixture.cluster({
      ...minimalCluster,
      metadata: { name: 'back', labels },
      spec: { ...minimalCluster.spec, app: 'later' },
    });
    await fixture.setStatus('back', { roles: [{ id: 'only', statefulSet: 'set', members: [member('z')] }] });
    expect(await endpoints()).toEqual([]);
    await fixture.app({ ...minimalApp, metadata: { name: 'later' } });
    expect((await endpoints()).map(({ metadata }) => metadata.name)).toEqual(['z.web']);
  });

  it('lets go of everything it listens to when the server stops', async () => {
    await fixture.group.endpoints.cache.current();
    const watch = fixture.group.endpoints.cache.watch({ after: fixture.group.endpoints.cache.revision() });
    fixture.stop();
    expect(fixture.native.services.listeners() + fixture.native.nodes.listeners()).toBe(0);
    expect(watch.ended()).toBe('stopped');
    await Promise.resolve();
  });
});

describe("a cluster's endpoints", () => {
  const subresource = () => fixture.group.clusters.definition.subresources.endpoints as ObjectSubresource;
  const get = async (groups: string[]) =>
    (await subresource().get(
      { ...context, user: { name: 'somebody', groups } },
      { namespace, name: 'one' },
    )) as ClusterEndpoints;

  /** An app with a service that callers need a token for, and one that they don't. */
  async function withTokens(): Promise<void> {
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    await fixture.apps.update(context, { namespace, name: 'minimal' }, () => {
      const app = structuredClone(minimalApp);
      Object.assign(app.spec.services?.[0]?.endpoint ?? {}, { hasAuthToken: true });
      app.spec.services?.push({ id: 'open', endpoint: { port: 9090 } });
      app.spec.config.roleServices[0]?.serviceIDs.push('open');
      return app;
    });
    await fixture.cluster(minimalCluster);
  }

  it('are the same in one object, with the tokens of services that have them for those who may read them', async () => {
    await withTokens();
    await setMembers(member('a'));
    const { kind, metadata, endpoints: listed } = await get(['system:masters']);
    expect([kind, metadata.name]).toEqual(['ClusterEndpoints', 'one']);
    expect(listed).toEqual([
      {
        service: 'web',
        name: 'Web',
        role: 'only',
        member: 'a',
        scheme: 'http',
        port: 8080,
        path: '/ui',
        isDashboard: false,
        url: 'http://s-a.default.svc.cluster.local:8080/ui',
        externalURLs: [],
        ready: true,
        authToken: 'token-of-a',
      },
      {
        service: 'open',
        role: 'only',
        member: 'a',
        port: 9090,
        isDashboard: false,
        url: 's-a.default.svc.cluster.local:9090',
        externalURLs: [],
        ready: true,
      },
    ]);
    expect(JSON.stringify(await get(['others']))).not.toContain('token-of');
  });

  it('fit their schema', async () => {
    await setMembers(member('a'));
    expect(subresource().schema.validate(await get([]))).toEqual([]);
    expect(subresource().schema.unknownFields(await get(['system:masters']))).toEqual([]);
  });
});

describe('what is printed', () => {
  it('of clusters is their readiness, and why not', async () => {
    const cells = () => {
      const object = fixture.clusters.cache.get(namespace, 'one')?.object;
      if (object === undefined) throw new Error('no cluster');
      return fixture.clusters.definition.columns.map(({ name, value }) => [name, value(object, new Date())]);
    };
    const conditions = [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Waiting',
        message: 'b is being configured',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ];
    await fixture.setStatus('one', {
      state: 'creating',
      conditions,
      roles: [{ id: 'only', statefulSet: 's', members: [member('a')] }],
    });
    expect(Object.fromEntries(cells())).toMatchObject({
      KDApp: 'minimal',
      State: 'creating',
      Ready: '1/1',
      'Any Down': undefined,
      Message: 'b is being configured',
      Catalog: 'local',
    });
  });

  it('of every kind has a first column that is no name, and ends with its age', () => {
    for (const { definition } of fixture.group.entries) {
      const names = definition.columns.map(({ name }) => name);
      expect(names[0]).not.toBe('Name');
      expect(names.at(-1)).toBe('Age');
      expect(definition.columns.at(-1)?.type).toBe('date');
    }
  });

  it('of apps names their roles', () => {
    const object = fixture.apps.cache.get(namespace, 'minimal')?.object;
    const column = fixture.apps.definition.columns.find(({ name }) => name === 'Roles');
    expect(object && column?.value(object, new Date())).toBe('only (1+)');
  });
});

describe('every view object', () => {
  it('fits its schema', async () => {
    await setMembers(member('a'));
    for (const object of [...(await roles()), ...(await endpoints())]) {
      const { definition } = object.kind === 'KubeDirectorRole' ? fixture.group.roles : fixture.group.endpoints;
      expect(definition.schema.validate(object)).toEqual([]);
      expect(definition.schema.unknownFields(object)).toEqual([]);
    }
  });
});
