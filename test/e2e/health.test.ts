/** Members whose service dies while their container lives, in real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Member, type Members } from './support/members.ts';
import { sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
let namespace: string;
let at: Members;

const worker = (index: number): Promise<Member> => at.member('one', 'worker', index);
const containers = async (): Promise<unknown[]> =>
  (await at.statusOf('one')).roles.flatMap(({ members }) =>
    members.map(({ stateDetail }) => stateDetail?.lastConfiguredContainer),
  );
const readyEndpoints = async (): Promise<Record<string, unknown>> => {
  const found = await cluster.list('kdendpoints', at.inNamespace);
  return Object.fromEntries(found.map(({ metadata, status }) => [metadata.name, status?.['ready']]));
};
const role = async (): Promise<object | undefined> =>
  (await cluster.read('kdrole', 'one.worker', at.inNamespace))?.status;

describe.skipIf(installation().form === 'host')('the health of members in real containers (form node)', () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('health');
    at = membersIn(namespace, cluster);
    const eventList = ['configure', 'addnodes', 'delnodes', 'healthcheck'];
    const roles = [
      { id: 'head', cardinality: '1' },
      { id: 'worker', cardinality: '0+', eventList, healthcheck: { periodSeconds: 1 } },
    ];
    const roleServices = [{ roleID: 'worker', serviceIDs: ['page'] }];
    const config = { selectedRoles: ['head', 'worker'], roleServices, configMeta: {} };
    await cluster.apply([
      sampleApp({ namespace, packageURL: 'file:///packages/with-service.tgz', spec: { roles, config } }),
      sampleCluster({ namespace, name: 'one', workers: 2 }),
    ]);
    await at.ready('one');
  });
  afterAll(() => cluster.dropNamespaces(namespace));

  it('shows a service that has ended, with its last words, while its container lives', async () => {
    const before = await containers();
    const [well, ill] = [await worker(0), await worker(1)];
    expect(await readyEndpoints()).toEqual({ [`${well.pod}.page`]: true, [`${ill.pod}.page`]: true });
    await at.inside(ill.pod, 'kill -KILL "$(cat /tmp/service.pid)"');
    const ready = await eventually('the cluster not to be ready', async () => {
      const { conditions = [] } = await at.statusOf('one');
      return conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
    });
    const words = 'startscript --healthcheck: exit status 3 (the service has ended)';
    expect(ready).toMatchObject({ reason: 'MembersUnhealthy', message: `${ill.pod}: ${words}` });
    expect(await worker(1)).toMatchObject({
      ...{ state: 'configured', ready: false },
      stateDetail: { healthErrorMessage: words },
    });
    expect((await at.statusOf('one')).memberStateRollup).toMatchObject({ membersDown: true });
    expect(await role()).toMatchObject({ replicas: 2, configuredReplicas: 2, readyReplicas: 1, state: 'down' });
    expect(await readyEndpoints()).toEqual({ [`${well.pod}.page`]: true, [`${ill.pod}.page`]: false });
    expect(await containers()).toEqual(before);
  });

  it('has the member in service again as soon as its service works', async () => {
    const before = await containers();
    const { pod } = await worker(1);
    await at.inside(pod, '/opt/guestconfig/*/startscript --start');
    await at.ready('one');
    expect(await worker(1)).toMatchObject({ state: 'configured', ready: true });
    expect(await role()).toMatchObject({ readyReplicas: 2, state: 'configured' });
    expect((await readyEndpoints())[`${pod}.page`]).toBe(true);
    expect(await containers()).toEqual(before);
  });
});
