/** Argo CD's engine: what it syncs is in sync afterwards, whatever our controller writes. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { sampleApp, sampleCluster } from '../e2e/support/samples.ts';
import { built, missingTools } from './support/program.ts';
import { gitopsEngine } from './support/sources.ts';
import { story, type Steps } from './support/story.ts';

const missing = missingTools(gitopsEngine);
const cluster = clusterOf(installation());

/** By each of the three ways that Argo CD compares. */
const everyWay = <T>(told: T) => ({ 'three-way': told, 'structured merge': told, 'server-side': told });
const inSync = everyWay({ 'out of sync': [], 'but for members': [] });

describe.skipIf(missing !== undefined)(`Argo CD's engine${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await built(gitopsEngine);
  });

  describe.each(['client', 'server'])('that applies on the %s side', (mode) => {
    const namespaces: string[] = [];
    afterAll(async () => {
      await cluster.dropNamespaces(...namespaces);
    });

    /** The cluster's manifest without a number of workers is for those who leave it to an autoscaler. */
    async function play(hasMembers: boolean): Promise<Steps> {
      const namespace = await cluster.makeNamespace(`gitops-${mode}`);
      namespaces.push(namespace);
      const wished = sampleCluster({ namespace, name: 'synced', workers: 1 }) as {
        spec: { roles: { members?: number }[] };
      };
      if (!hasMembers) delete wished.spec.roles[1]?.members;
      const words = [join(folder, 'gitops'), namespace, mode, JSON.stringify([sampleApp({ namespace }), wished])];
      const inNamespace = ['-n', namespace];
      return story(words, {
        pauses: {
          ready: () => cluster.ok('wait', 'kdcluster/synced', ...inNamespace, '--for=condition=Ready', '--timeout=55s'),
          scale: () => cluster.ok('scale', 'kdrole/synced.worker', ...inNamespace, '--replicas=2'),
        },
      });
    }

    it('is in sync after a sync, and sees what somebody else has changed', async () => {
      const synced = { KubeDirectorApp: 'Synced', KubeDirectorCluster: 'Synced' };
      expect(await play(true)).toEqual({
        sync: synced,
        'after the sync': inSync,
        'after the status was written': inSync,
        tree: expect.arrayContaining(['KubeDirectorCluster', 'Pod', 'Service', 'StatefulSet']) as unknown,
        'sync again': synced,
        'after a role was scaled': everyWay({ 'out of sync': ['KubeDirectorCluster'], 'but for members': [] }),
        'sync without the cluster': { KubeDirectorApp: 'Synced', KubeDirectorCluster: 'Pruned' },
        // The cluster may still be on its way out.
        'sync without anything': expect.objectContaining({ KubeDirectorApp: 'Pruned' }) as unknown,
      });
    });

    it('leaves to an autoscaler what the manifest leaves out', async () => {
      expect(await play(false)).toMatchObject({
        'after the status was written': inSync,
        'after a role was scaled': inSync,
      });
    });
  });
});
