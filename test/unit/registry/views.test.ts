import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from '../../../src/meta/labels.ts';
import { context, documents, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';
import { eachWithViews, endpoints, fixture, member, roles, setMembers } from './views-fixture.ts';

eachWithViews();

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

describe('a list of the store, after the watch on it broke off,', () => {
  const names = async () => (await roles()).map(({ metadata }) => metadata.name);

  it('brings the views what changed meanwhile', async () => {
    const [before] = await names();
    fixture.store.breakWatches(new Error('connection lost'));
    await fixture.cluster({ ...minimalCluster, metadata: { name: 'two' } });
    expect(await names()).toHaveLength(2);
    fixture.store.breakWatches(new Error('connection lost'));
    await fixture.clusters.delete(context, { namespace, name: 'one' });
    expect(await names()).not.toContain(before);
    expect(await names()).toHaveLength(1);
    await fixture.setStatus('two', { roles: [{ id: 'only', statefulSet: 'set', members: [member('a')] }] });
    fixture.store.breakWatches(new Error('connection lost'));
    await fixture.config({ clusterSvcDomainBase: '.svc.example.com' });
    expect(JSON.stringify(await endpoints())).toContain('.svc.example.com');
  });
});
