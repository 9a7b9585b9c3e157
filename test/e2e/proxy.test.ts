/**
 * Connections to members through a real kube-apiserver, as far as they need no member that answers: simulated nodes have none.
 * What comes after is tested in members-connections.test.ts, and against servers on loopback in test/api/proxy*.test.ts.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterOf } from './support/cluster.ts';
import { openFront, type Front } from './support/front.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';
import { bind } from './support/users.ts';

const cluster = clusterOf(installation());
const { kubectl, ok } = cluster;
let namespace: string;
let front: Front;
let endpoint: string;
const pathOf = (name: string): string =>
  `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorendpoints/${name}/proxy`;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('proxy');
  front = await openFront(cluster);
  await bind(cluster, namespace, 'kubedirector-connect', 'cora');
  await bind(cluster, namespace, 'kubedirector-view', 'vera');
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one' })]);
  await ok('wait', '--for=condition=Ready', 'kdcluster/one', `--namespace=${namespace}`, '--timeout=55s');
  endpoint = await ok('get', 'kdendpoints', `--namespace=${namespace}`, '-o=jsonpath={.items[0].metadata.name}');
});
afterAll(async () => {
  await front.close();
  await cluster.dropNamespaces(namespace);
});

it('every method is a verb of its own for RBAC, whatever the path', async () => {
  const verbs = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  for (const [method, verb] of Object.entries(verbs)) {
    const { status, text } = await front.ask(`${pathOf(endpoint)}/a/b?c=d`, { method, user: 'vera' });
    expect([status, text]).toEqual([
      403,
      expect.stringContaining(`cannot ${verb} resource \\"kubedirectorendpoints/proxy\\"`),
    ]);
    const can = await kubectl(
      'auth',
      'can-i',
      verb,
      `kubedirectorendpoints.${group}`,
      '--subresource=proxy',
      '--as=cora',
      `--namespace=${namespace}`,
    );
    expect([can.code, can.stdout.trim()]).toEqual([0, 'yes']);
  }
});

it('who may do nothing but connect may not see the cluster', async () => {
  const { status } = await front.ask(`/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters/one`, {
    user: 'cora',
  });
  expect(status).toBe(403);
});

it('a redirect arrives as a page that leads on: kube-apiserver refuses those with a Location', async () => {
  const { status, text } = await front.ask(`${pathOf(endpoint)}?x=1`, { user: 'cora' });
  expect(status, text).toBe(302);
  expect(text).toMatch(new RegExp(`url=${pathOf(endpoint)}/[^"]*\\?x=1"`));
});

it('an endpoint that is not there is not found, nor is a path with an encoded ".." passed', async () => {
  expect((await front.ask(`${pathOf('nothing.here')}/`, { user: 'cora' })).status).toBe(404);
  expect((await front.ask(`${pathOf(endpoint)}/a%2f..%2f..%2fb`, { user: 'cora' })).status).toBe(400);
});

it('discovery and OpenAPI have the subresource', async () => {
  const { text } = await front.ask(`/apis/${group}/v1beta1`);
  const { resources } = JSON.parse(text) as { resources: { name: string; verbs: string[] }[] };
  expect(resources.find(({ name }) => name === 'kubedirectorendpoints/proxy')?.verbs).toEqual([
    'create',
    'delete',
    'get',
    'patch',
    'update',
  ]);
});
