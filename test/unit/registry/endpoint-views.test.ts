/** Endpoints: the view, and the subresource of a cluster. */
import { describe, expect, it } from 'vitest';
import type { ObjectSubresource } from '../../../src/apiserver/resource.ts';
import type { ClusterEndpoints, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { context, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';
import { eachWithViews, endpoints, fixture, member, roles, setMembers } from './views-fixture.ts';

eachWithViews();

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

  it('show the ports of the app that a member runs while its cluster moves, also when that app changes', async () => {
    const at = (port: number): typeof minimalApp => {
      const older = structuredClone(minimalApp);
      older.metadata = { name: 'older' };
      older.spec.upgradable = true;
      Object.assign(older.spec.services?.[0]?.endpoint ?? {}, { port });
      return older;
    };
    await fixture.app(at(9000));
    const upgradeInfo = { prevApp: 'older', nextApp: minimalCluster.spec.app };
    const members = [{ ...member('a'), upgradeStatus: 'upgraded' as const }, member('b')];
    const roles = [{ id: 'only', statefulSet: 'set', members }];
    const ports = async () => (await endpoints()).map(({ spec }) => spec?.port);
    await fixture.setStatus('one', { app: 'older', upgradeInfo, roles });
    expect(await ports()).toEqual([8080, 9000]);
    const older = { namespace: 'default', name: 'older' };
    await fixture.apps.update(context, older, (current) => ({ ...at(9001), metadata: current?.metadata ?? {} }));
    expect(await ports()).toEqual([8080, 9001]);
    await fixture.setStatus('one', { app: minimalCluster.spec.app, roles });
    expect(await ports()).toEqual([8080, 8080]);
  });

  it('lets go of everything it listens to when the server stops', async () => {
    await fixture.group.endpoints.cache.current();
    const watch = fixture.group.endpoints.cache.watch({ after: fixture.group.endpoints.cache.revision() });
    fixture.stop();
    expect(fixture.native.services.listeners() + fixture.native.nodes.listeners()).toBe(0);
    await expect.poll(() => watch.ended()).toBe('stopped');
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
