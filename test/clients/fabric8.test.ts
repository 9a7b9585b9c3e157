/** fabric8's client, which most operators in Java use. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { sampleApp, sampleCluster } from '../e2e/support/samples.ts';
import { serverOf } from '../e2e/support/server.ts';
import { makeServiceAccount, tokenOf, writeKubeconfig } from '../e2e/support/users.ts';
import { built, missingTools } from './support/program.ts';
import { fabric8 } from './support/sources.ts';
import { story } from './support/story.ts';

const missing = missingTools(fabric8);
const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);

describe.skipIf(missing !== undefined)(`fabric8${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let namespace: string;
  const kubeconfig = join(installation().directory, 'fabric8.kubeconfig');

  beforeAll(async () => {
    folder = await built(fabric8);
    namespace = await cluster.makeNamespace('fabric8');
    // By a token: the client takes keys of certificates for RSA keys where nothing says otherwise.
    await makeServiceAccount(cluster, namespace, 'operator', 'admin');
    await writeKubeconfig(kubeconfig, cluster, await tokenOf(cluster, namespace, 'operator'));
  });
  afterAll(async () => {
    await cluster.dropNamespaces(namespace);
  });

  it('applies, edits, follows while the server is killed, scales, waits and deletes', async () => {
    const restart = async (): Promise<void> => {
      await server.stop('SIGKILL');
      await server.start();
    };
    const objects = [sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })];
    const words = ['java', '-Xmx256m', '-cp', `${join(folder, 'classes')}:${join(folder, 'lib')}/*`, 'Main', namespace];
    const options = { env: { KUBECONFIG: kubeconfig }, pauses: { restart } };
    expect(await story([...words, ...objects.map((one) => JSON.stringify(one))], options)).toEqual({
      'applied again': true,
      conflict: [409, 'Conflict', ['.spec.version']],
      forced: '2.0',
      'not found': true,
      'created twice': [409, 'AlreadyExists', []],
      invalid: [422, 'Invalid', ['spec.configSchemaVersion']],
      overtaken: [409, 'Conflict', []],
      'edited what was overtaken': [409, 'Conflict', []],
      edited: { edited: 'yes' },
      'in the store': 1,
      events: ['add a', 'add b', 'add sample', 'delete a', 'delete b', 'update a'],
      scale: 1,
      scaled: 2,
      deleted: 1,
    });
  });
});
