/**
 * Three servers on an etcd cluster of three members: clients may use any of them for anything, and any one of them and of
 * etcd's members may fail.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { startReplicas, type Replica, type Replicas, type ReplicaWatch } from './support/etcd-replicas.ts';
import { openFront } from './support/front.ts';
import { installation, systemNamespace, testLabel } from './support/installation.ts';
import { itemOf, listOf, merge, startLoad, type Item, type Listed } from './support/replica-clients.ts';
import { sampleApp, sampleCluster } from './support/samples.ts';
import { serverOf } from './support/server.ts';
import { openStream, type StreamEvent } from './support/watch-stream.ts';

const { form } = installation();
const why =
  form === 'node' ? 'the processes are outside of the nodes’ network' : etcdBinary === undefined ? noEtcd : '';

const kinds = ['kubedirectorapps', 'kubedirectorclusters', 'kubedirectorroles', 'kubedirectorendpoints'] as const;
const flags = ['--shutdown-delay', '2', '--shutdown-watch-spread', '1'];

describe.skipIf(why !== '')(`three replicas on etcd${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const cluster = clusterOf(installation());
  let etcd: EtcdCluster;
  let started: Replicas;
  let replicas: readonly Replica[];
  let namespace: string;

  const path = (plural: string, name = ''): string =>
    `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;
  const turn = (at: number): Replica => replicas[at % replicas.length] as Replica;
  const made = async (replica: Replica, plural: string, body: object): Promise<Item> => {
    const { status, body: item } = await itemOf(replica, path(plural), { method: 'POST', body });
    expect(status, JSON.stringify(item)).toBe(201);
    return item;
  };
  const configured = (name: string, replica: Replica): Promise<true> =>
    eventually(
      `the cluster ${name} to be configured`,
      async () => {
        const { metadata, status } = (await itemOf(replica, path('kubedirectorclusters', name))).body;
        if (status?.state !== 'configured' || status.observedGeneration !== metadata.generation) return false;
        return true;
      },
      50_000,
    );
  /** Resolves when all watches have shown the same last event as the first. */
  const sameEnd = async (watches: readonly ReplicaWatch[]): Promise<readonly string[][]> => {
    const told = (): string[][] => watches.map(({ events }) => events.filter(isChange).map(textOf));
    await eventually('the same events on all replicas', async () => {
      const before = JSON.stringify(told());
      await sleep(500);
      const lines = told();
      return JSON.stringify(lines) === before && lines.every((line) => line.at(-1) === lines[0]?.at(-1));
    });
    return told();
  };

  beforeAll(async () => {
    // What other tests have left there would seem to be deleted while the replicas serve, and would be there again later.
    const nothingLeft = async (): Promise<boolean> => (await cluster.list('namespaces', '-l', testLabel)).length === 0;
    await eventually('the namespaces of other tests to go', nothingLeft, 120_000);
    await serverOf(installation(), cluster).stop('SIGTERM');
    etcd = await startEtcd({ members: 3 });
    started = await startReplicas({
      count: 3,
      installation: installation(),
      cluster,
      endpoints: etcd.endpoints,
      flags,
    });
    replicas = started.all;
    namespace = await cluster.makeNamespace('replicas');
    await made(turn(0), 'kubedirectorapps', sampleApp({ namespace }));
  }, 240_000);
  afterAll(async () => {
    for (const { metadata } of (await listOf(turn(0), path('kubedirectorclusters'))).body.items) {
      await turn(0).ask(path('kubedirectorclusters', metadata.name), { method: 'DELETE' });
    }
    await eventually(
      'the clusters to go',
      async () => (await listOf(turn(0), path('kubedirectorclusters'))).body.items.length === 0,
      60_000,
    );
    await started.stop();
    await etcd.stop();
    await serverOf(installation(), cluster).start();
    await cluster.dropNamespaces(namespace);
  }, 150_000);

  it('show on each what was written on any other', async () => {
    for (let at = 0; at < 30; at++) {
      const name = `written-${at}`;
      const { metadata } = await made(turn(at), 'kubedirectorapps', sampleApp({ namespace, name }));
      const [one, all] = await Promise.all([
        itemOf(turn(at + 1), path('kubedirectorapps', name)),
        listOf(turn(at + 2), path('kubedirectorapps')),
      ]);
      expect(one.body.metadata.resourceVersion).toBe(metadata.resourceVersion);
      expect(all.body.items.map((item) => item.metadata.name)).toContain(name);
      const patched = await itemOf(turn(at + 2), path('kubedirectorapps', name), {
        method: 'PATCH',
        contentType: merge,
        body: { metadata: { resourceVersion: metadata.resourceVersion, labels: { turn: String(at) } } },
      });
      expect(patched.status).toBe(200);
      const stale = await turn(at).ask(path('kubedirectorapps', name), {
        method: 'PATCH',
        contentType: merge,
        body: { metadata: { resourceVersion: metadata.resourceVersion, labels: { turn: 'stale' } } },
      });
      expect(stale.status).toBe(409);
    }
  });

  it('continue the pages of a list on any of them', async () => {
    const names: string[] = [];
    const versions = new Set<string>();
    let next: string | undefined = '';
    for (let at = 0; next !== undefined; at++) {
      const more: string = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const page: { status: number; body: Listed } = await listOf(
        turn(at),
        `${path('kubedirectorapps')}?limit=7${more}`,
      );
      expect(page.status).toBe(200);
      names.push(...page.body.items.map(({ metadata }) => metadata.name));
      versions.add(page.body.metadata.resourceVersion);
      next = page.body.metadata.continue;
    }
    expect(names).toHaveLength(31);
    expect(new Set(names).size).toBe(31);
    expect(versions.size).toBe(1);
  });

  it('give the same events the same resourceVersions, those of views, too', async () => {
    const lists = await Promise.all(kinds.map((kind) => listOf(turn(0), path(kind))));
    const watches = kinds.map((kind, index) => {
      const from = lists[index]?.body.metadata.resourceVersion ?? '';
      return replicas.map((replica) => replica.watch(`${path(kind)}?watch=true&resourceVersion=${from}`));
    });
    for (const [at, name] of ['a', 'b', 'c'].entries()) {
      await made(turn(at), 'kubedirectorclusters', sampleCluster({ namespace, name, workers: 2 }));
    }
    for (const [at, name] of ['a', 'b', 'c'].entries()) await configured(name, turn(at));
    for (const [at, name] of ['a', 'b', 'c'].entries()) {
      const body = { metadata: { labels: { changed: String(at) } } };
      await turn(at + 1).ask(path('kubedirectorclusters', name), { method: 'PATCH', contentType: merge, body });
    }
    await turn(2).ask(path('kubedirectorclusters', 'c'), { method: 'DELETE' });
    for (const [index, kind] of kinds.entries()) {
      const [first = [], ...others] = await sameEnd(watches[index] ?? []);
      for (const other of others) expect(other, kind).toEqual(first);
      if (kind !== 'kubedirectorapps') expect(first.length, kind).toBeGreaterThan(5);
    }
    for (const watch of watches.flat()) watch.close();
  }, 120_000);

  it.each(['kubedirectorclusters', 'kubedirectorroles'])(
    'lose and repeat nothing when a watch of %s goes on on another of them',
    async (kind) => {
      const { metadata } = (await listOf(turn(0), path(kind))).body;
      const whole = turn(0).watch(`${path(kind)}?watch=true&resourceVersion=${metadata.resourceVersion}`);
      const parts: string[] = [];
      let from = metadata.resourceVersion;
      const writes = (async () => {
        for (let at = 0; at < 20; at++) {
          const workers = at % 3;
          const body = [{ op: 'replace', path: '/spec/roles/1/members', value: workers }];
          const contentType = 'application/json-patch+json';
          await turn(at).ask(path('kubedirectorclusters', 'a'), { method: 'PATCH', contentType, body });
          await sleep(100);
        }
        await configured('a', turn(0));
      })();
      let isDone = false;
      void writes.finally(() => (isDone = true));
      for (let at = 1; !isDone; at++) {
        const watch = turn(at).watch(`${path(kind)}?watch=true&resourceVersion=${from}`);
        await sleep(300);
        watch.close();
        const events = watch.events.filter(isChange);
        expect(watch.events.filter(({ type }) => type === 'ERROR')).toEqual([]);
        parts.push(...events.map(textOf));
        from = versionOf(events.at(-1)) ?? from;
      }
      await writes;
      const rest = turn(1).watch(`${path(kind)}?watch=true&resourceVersion=${from}`);
      await sleep(1_000);
      parts.push(...rest.events.filter(isChange).map(textOf));
      rest.close();
      whole.close();
      const all = whole.events.filter(isChange).map(textOf);
      expect(all.length).toBeGreaterThan(10);
      // Who was cut off between two events of one commit gets all of that commit again.
      expect([...new Set(parts)]).toEqual(all);
      if (kind === 'kubedirectorclusters') expect(parts).toEqual(all);
    },
    120_000,
  );

  it('are replaced one after the other while clients write and watch, and no request fails', async () => {
    const front = await openFront(cluster);
    const names = Array.from({ length: 8 }, (_, index) => `loaded-${index}`);
    for (const name of names) await made(turn(0), 'kubedirectorapps', sampleApp({ namespace, name }));
    const { metadata } = (await listOf(turn(0), path('kubedirectorapps'))).body;
    const from = metadata.resourceVersion;
    const stream = await openStream(front, `${path('kubedirectorapps')}?watch=true&resourceVersion=${from}`);
    const load = startLoad(
      front,
      names.map((name) => path('kubedirectorapps', name)),
    );
    for (const replica of replicas) {
      await replica.kill('SIGTERM');
      replica.start();
      await replica.ready();
    }
    const { failed, rounds, turns } = await load.stop();
    expect(failed).toEqual([]);
    expect(rounds).toBeGreaterThan(100);
    const { body } = await listOf(turn(1), path('kubedirectorapps'));
    for (const name of names) {
      const item = body.items.find((one) => one.metadata.name === name);
      expect(item?.metadata.labels?.['turn']).toBe(turns.get(path('kubedirectorapps', name)));
    }
    // A replica has ended the watch. It ended as usual, and between two events.
    await stream.ended;
    expect(stream.events.filter(({ type }) => type === 'ERROR')).toEqual([]);
    expect(stream.events.length).toBeGreaterThan(10);
    await front.close();
  }, 150_000);

  it('go on when the one that controls is killed, and when a member of etcd is', async () => {
    const holder = '-o=jsonpath={.spec.holderIdentity}';
    const leading = await eventually('a leader', async () => {
      const identity = await cluster.ok('get', 'lease/kubedirector', '-n', systemNamespace, holder);
      return identity === '' ? undefined : replicas.find((replica) => replica.identity() === identity);
    });
    await leading.kill('SIGKILL');
    const others = replicas.filter((replica) => replica !== leading);
    await made(
      others[0] as Replica,
      'kubedirectorclusters',
      sampleCluster({ namespace, name: 'after-kill', workers: 1 }),
    );
    await configured('after-kill', others[1] as Replica);
    leading.start();
    await leading.ready();
    const member = await etcd.leader();
    await member.kill();
    await eventually('a write without one member of etcd', async () => {
      const body = { metadata: { labels: { etcd: 'two' } } };
      const { status } = await turn(0).ask(path('kubedirectorclusters', 'after-kill'), {
        method: 'PATCH',
        contentType: merge,
        body,
      });
      return status === 200;
    });
    for (const replica of replicas) {
      const { body } = await itemOf(replica, path('kubedirectorclusters', 'after-kill'));
      expect(body.metadata.labels?.['etcd']).toBe('two');
    }
    member.start();
    await made(turn(1), 'kubedirectorclusters', sampleCluster({ namespace, name: 'after-etcd', workers: 1 }));
    await configured('after-etcd', turn(2));
  }, 150_000);
});

const isChange = ({ type }: StreamEvent): boolean => type !== 'BOOKMARK' && type !== 'ERROR';

function versionOf(event: StreamEvent | undefined): string | undefined {
  return (event?.object as { metadata?: { resourceVersion?: string } } | undefined)?.metadata?.resourceVersion;
}

function textOf(event: StreamEvent): string {
  const { metadata } = event.object as { metadata: { name: string } };
  return `${event.type} ${metadata.name}@${versionOf(event) ?? ''}`;
}
