/** Python's clients: kubernetes, by its dynamic client, and kr8s. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { group, sampleApp, sampleCluster } from '../e2e/support/samples.ts';
import { built, missingTools } from './support/program.ts';
import { python } from './support/sources.ts';
import { story, type Steps } from './support/story.ts';

const missing = missingTools(python);
const cluster = clusterOf(installation());

describe.skipIf(missing !== undefined)(`Python${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let namespace: string;

  beforeAll(async () => {
    folder = await built(python);
  });
  beforeEach(async () => {
    namespace = await cluster.makeNamespace('python');
  });
  afterEach(async () => {
    await cluster.dropNamespaces(namespace);
  });

  const play = (name: string): Promise<Steps> => {
    const objects = [sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })];
    const program = join(import.meta.dirname, 'python', 'main.py');
    return story(['python3', program, name, namespace, JSON.stringify(objects)], {
      env: { PYTHONPATH: join(folder, 'site'), PYTHONDONTWRITEBYTECODE: '1' },
      pauses: {
        ready: () => cluster.ok('wait', 'kdcluster/one', '-n', namespace, '--for=condition=Ready', '--timeout=55s'),
        gone: () =>
          eventually(
            'the cluster to go',
            async () => (await cluster.read('kdcluster', 'one', '-n', namespace)) === undefined,
          ),
      },
    });
  };

  it('kubernetes applies, watches, scales, and has an exception for each refusal', async () => {
    expect(await play('kubernetes')).toEqual({
      subresources: ['endpoints', 'log', 'plan', 'restart', 'resume', 'scale', 'status', 'suspend'],
      'by short name': ['KubeDirectorApp', 'KubeDirectorAppList'],
      'applied again': true,
      conflict: ['FieldManagerConflict .spec.version'],
      forced: '2.0',
      'not found': 'missing',
      invalid: ['spec.configSchemaVersion'],
      overtaken: 409,
      scaled: ['Scale', 2],
      'patched strategically': [
        ['head', 1],
        ['worker', 1],
      ],
      watched: ['ADDED', 'MODIFIED', 'DELETED'],
    });
  });

  it('kr8s finds kinds by short names, waits for conditions, patches and deletes', async () => {
    expect(await play('kr8s')).toEqual({
      'looked up': ['kubedirectorapp', 'kubedirectorcluster', 'kubedirectorrole'].map(
        (kind) => `${kind}.${group}/v1beta1`,
      ),
      exists: true,
      labelled: { tier: 'gold' },
      'selected by a short name': ['sample'],
      ready: 'configured',
      scaled: ['KubeDirectorRole', 2],
      refused: [422, 'Invalid'],
      'not found': true,
      deleted: [false, false],
    });
  });
});
