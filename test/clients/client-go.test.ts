/** client-go, as controllers and tools use it: docs of the packages under k8s.io/client-go. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { group, sampleApp } from '../e2e/support/samples.ts';
import { serverOf } from '../e2e/support/server.ts';
import { built, missingTools } from './support/program.ts';
import { goClients } from './support/sources.ts';
import { story, type Steps } from './support/story.ts';
import { dropTwins, forgetTwins, makeTwins, ourApps, ourClusters, twinApps, type Target } from './support/targets.ts';

const missing = missingTools(goClients);
const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);

/** Two namespaces of a test's own: for our objects and for those that they are compared with. */
async function namespaces(purpose: string): Promise<[string, string]> {
  return [await cluster.makeNamespace(purpose), await cluster.makeNamespace(`${purpose}-twin`)];
}

describe.skipIf(missing !== undefined)(`client-go${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await built(goClients);
    await makeTwins(cluster);
  });
  afterAll(async () => {
    await dropTwins(cluster);
  });

  const restart = async (): Promise<void> => {
    await server.stop('SIGKILL');
    await server.start();
  };
  const play = (scenario: string, target: Target, env: Readonly<Record<string, string>> = {}): Promise<Steps> => {
    const isOurs = target.group === group;
    return story([join(folder, 'client-go'), scenario, JSON.stringify(target)], {
      env,
      pauses: {
        restart: () => (isOurs ? restart() : Promise.resolve()),
        // Of ours, the program has made so many changes that the first ones are forgotten.
        forget: () => (isOurs ? Promise.resolve() : forgetTwins(cluster)),
      },
    });
  };

  it('knows our errors by its predicates, as those of a custom resource', async () => {
    const [ours, twins] = await namespaces('errors');
    const steps = await play('errors', ourApps(ours));
    expect(steps).toEqual(await play('errors', twinApps(twins)));
    expect(steps).toMatchObject({
      'create what is there': { is: ['AlreadyExists'], code: 409 },
      'update what has been overtaken': { is: ['Conflict'], code: 409 },
      'create with a value that is too small, without another': {
        is: ['Invalid'],
        causes: ['FieldValueInvalid spec.configSchemaVersion', 'FieldValueRequired spec.version'],
      },
      'list on from nowhere': ['BadRequest'],
      'writers that count together': { some: true, exact: true },
    });
    await cluster.dropNamespaces(ours, twins);
  });

  it('lists by pages, and deletes selections, as of a custom resource', async () => {
    const [ours, twins] = await namespaces('lists');
    const steps = await play('lists', ourApps(ours));
    expect(steps).toEqual(await play('lists', twinApps(twins)));
    expect(steps).toMatchObject({ 'list by pages': { paginated: true, requests: 3 } });
    await cluster.dropNamespaces(ours, twins);
  });

  describe.each([
    { feature: 'streamed lists', enabled: 'true', mode: 'streamed list' },
    { feature: 'lists and watches', enabled: 'false', mode: 'list' },
  ])('an informer by $feature', ({ enabled, mode }) => {
    const env = { KUBE_FEATURE_WatchListClient: enabled };

    it.each(['informer', 'metadata'])(
      'loses and repeats nothing, also when the server was killed (%s)',
      async (name) => {
        const [ours, twins] = await namespaces(`informer-${enabled}`);
        const steps = await play(name, ourApps(ours), env);
        expect(steps).toEqual(await play(name, twinApps(twins), env));
        expect(steps['asked by']).toContain(mode);
        expect(steps).toMatchObject({ 'changes seen after the server was away': true, "in the informer's store": 4 });
        await cluster.dropNamespaces(ours, twins);
      },
    );

    it('lists again when its version has expired, and misses nothing', async () => {
      const [ours, twins] = await namespaces(`expired-${enabled}`);
      const steps = await play('expired', ourApps(ours), env);
      expect(steps).toEqual(await play('expired', twinApps(twins), env));
      expect(steps).toMatchObject({
        'asked for everything': 1,
        'the watch was refused as': [['ResourceExpired']],
        'asked for everything in all': 2,
        'changes seen after the new list': true,
        "in the informer's store": 3,
      });
      await cluster.dropNamespaces(ours, twins);
    });
  });

  it('waits for conditions, and its watches go on when the server was killed', async () => {
    const [ours, twins] = await namespaces('until');
    const steps = await play('until', ourApps(ours));
    expect(steps).toEqual(await play('until', twinApps(twins)));
    expect(steps['watched while the server was away']).toEqual(['MODIFIED third', 'MODIFIED fourth', 'DELETED fourth']);
    await cluster.dropNamespaces(ours, twins);
  });

  it('scales a cluster as it scales a Deployment', async () => {
    const [ours, twins] = await namespaces('scale');
    await cluster.apply(sampleApp({ namespace: ours }));
    const labels = { app: 'scaled' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'none' }] } };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    };
    const builtIn = { group: 'apps', version: 'v1', resource: 'deployments', namespace: twins, object: deployment };
    const steps = await play('scale', ourClusters(ours));
    expect(steps).toEqual(await play('scale', builtIn));
    expect(steps).toMatchObject({ kind: 'autoscaling/v1, Kind=Scale', patch: { replicas: 1, 'has selector': true } });
    await cluster.ok('delete', 'kdcluster', '--all', '-n', ours, '--timeout=55s');
    await cluster.dropNamespaces(ours, twins);
  });

  it('applies, conflicts, takes over and extracts, as of a custom resource', async () => {
    const [ours, twins] = await namespaces('apply');
    const steps = await play('apply', ourApps(ours));
    expect(steps).toEqual(await play('apply', twinApps(twins)));
    expect(steps).toMatchObject({
      'apply again changes nothing': true,
      conflict: { conflict: true },
      'extracted of two': { labels: { tier: 'silver' } },
    });
    await cluster.dropNamespaces(ours, twins);
  });

  it('finds the resources by short names, kinds and categories', async () => {
    const steps = await play('mapper', ourApps('default'));
    const resource = (name: string): string => `${group}/v1beta1, Resource=${name}`;
    expect(steps).toMatchObject({
      kdapp: resource('kubedirectorapps'),
      kdclusters: resource('kubedirectorclusters'),
      kdrole: resource('kubedirectorroles'),
      mapping: {
        resource: resource('kubedirectorclusters'),
        kind: `${group}/v1beta1, Kind=KubeDirectorCluster`,
        scope: 'namespace',
      },
      category: { known: true },
      'preferred version': `${group}/v1beta1`,
      'among the preferred': true,
      'OpenAPI v3 has schemas and paths': true,
    });
    expect(steps['resources']).toMatchObject({ 'kubedirectorclusters/scale': { kind: 'Scale', namespaced: true } });
  });
});
