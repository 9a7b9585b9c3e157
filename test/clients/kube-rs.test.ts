/** kube-rs, the client and the watcher that Rust's controllers use. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusterOf } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { sampleApp, sampleCluster } from '../e2e/support/samples.ts';
import { serverOf } from '../e2e/support/server.ts';
import { built, missingTools } from './support/program.ts';
import { kubeRs } from './support/sources.ts';
import { story, type Steps } from './support/story.ts';

const missing = missingTools(kubeRs);
const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);

describe.skipIf(missing !== undefined)(`kube-rs${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let namespace: string;

  beforeAll(async () => {
    folder = await built(kubeRs);
  });
  beforeEach(async () => {
    namespace = await cluster.makeNamespace('kube-rs');
  });
  afterEach(async () => {
    await cluster.dropNamespaces(namespace);
  });

  const restart = async (): Promise<void> => {
    await server.stop('SIGKILL');
    await server.start();
  };
  const play = (name: string): Promise<Steps> => {
    const objects = [sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })];
    return story([join(folder, 'bin', 'kube-rs'), name, namespace, JSON.stringify(objects)], {
      pauses: { restart },
    });
  };
  const refused = (code: number, reason: string, fields: readonly string[] = []): object => ({ code, reason, fields });

  it('discovers, applies, scales, waits and deletes', async () => {
    expect(await play('basics')).toEqual({
      'KubeDirectorApp in discovery': { plural: 'kubedirectorapps', subresources: [] },
      'KubeDirectorCluster in discovery': {
        plural: 'kubedirectorclusters',
        subresources: ['endpoints', 'log', 'plan', 'restart', 'resume', 'scale', 'status', 'suspend'],
      },
      'applied again': true,
      conflict: refused(409, 'Conflict', ['.spec.version']),
      forced: '2.0',
      'not found': refused(404, 'NotFound'),
      'not found, optionally': true,
      'created twice': refused(409, 'AlreadyExists'),
      overtaken: refused(409, 'Conflict'),
      'unknown field': refused(422, 'Invalid', ['patch']),
      metadata: [1, 'sample'],
      scaled: 2,
      'scaled by a patch': 1,
      left: 0,
    });
  });

  it.each(['streaming', 'listing'])('watches by %s, and goes on when the server was killed', async (name) => {
    expect(await play(name)).toMatchObject({
      first: ['a', 'b'],
      changed: ['a', 'c'],
      'changed after the server was away': ['c', 'd'],
    });
  });
});
