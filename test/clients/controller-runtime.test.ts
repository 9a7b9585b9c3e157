/** A controller made with controller-runtime, beside ours: both write the same clusters. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../src/meta/object.ts';
import { clusterOf, eventually, type Shown } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import { sampleApp, type ClusterStatus } from '../e2e/support/samples.ts';
import { serverOf } from '../e2e/support/server.ts';
import { built, missingTools } from './support/program.ts';
import { goClients } from './support/sources.ts';
import { story } from './support/story.ts';

const missing = missingTools(goClients);
const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);

interface Made extends Shown {
  readonly metadata: Shown['metadata'] & { readonly managedFields?: readonly ManagedFieldsEntry[] };
}

describe.skipIf(missing !== undefined)(`controller-runtime${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let namespace: string;

  beforeAll(async () => {
    folder = await built(goClients);
    namespace = await cluster.makeNamespace('controller');
    await cluster.apply(sampleApp({ namespace }));
  });
  afterAll(async () => {
    // Where the test has failed, nobody takes its finalizer away.
    await cluster.kubectl(
      'patch',
      'kdcluster/wished',
      '-n',
      namespace,
      '--type=merge',
      '-p={"metadata":{"finalizers":null}}',
    );
    await cluster.dropNamespaces(namespace);
  });

  const wish = (workers: string): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'wished', labels: { 'example.com/wish': '' } },
    data: { workers },
  });
  const isReadyWith = (workers: string): Promise<unknown> =>
    eventually(`the controller to see ${workers} workers`, async () => {
      const found = await cluster.read('configmap', 'wished', '-n', namespace);
      return found?.metadata.annotations?.['example.com/ready'] === workers;
    });
  const made = async (): Promise<Made> => {
    const found = await cluster.read<Made>('kdcluster', 'wished', '-n', namespace, '--show-managed-fields');
    if (found === undefined) throw new Error('there is no cluster "wished"');
    return found;
  };
  const conditions = async (): Promise<string[]> => {
    const { conditions: found = [] } = (await made()).status as unknown as ClusterStatus;
    return found.filter(({ status }) => status === 'True').map(({ type }) => type);
  };

  async function watchItWork(): Promise<void> {
    await cluster.apply(wish('1'));
    await isReadyWith('1');
    const first = await made();
    expect(first.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigMap', name: 'wished' }]);
    expect(first.metadata.finalizers).toContain('example.com/goodbye');
    const managers = first.metadata.managedFields?.map((entry) => `${entry.manager} ${entry.operation}`) ?? [];
    expect(managers).toEqual(expect.arrayContaining(['wish-controller Apply', 'wish-controller Update']));

    // Our controller writes the same status, and leaves alone what is not its own.
    await cluster.apply(wish('2'));
    await isReadyWith('2');
    expect(await conditions()).toEqual(['Ready', 'example.com/Announced']);

    await server.stop('SIGKILL');
    await server.start();
    await cluster.apply(wish('0'));
    await isReadyWith('0');
    expect(await conditions()).toEqual(['Ready', 'example.com/Announced']);

    // The garbage collector deletes the cluster, and both controllers say goodbye.
    await cluster.ok('delete', 'configmap', 'wished', '-n', namespace);
    await eventually(
      'the cluster to go after its owner',
      async () => (await cluster.read('kdcluster', 'wished', '-n', namespace)) === undefined,
      90_000,
    );
  }

  it('applies, owns, adds to the status, and lets go, also when the server was killed', async () => {
    await story([join(folder, 'controller'), namespace, 'sample'], { pauses: { working: watchItWork } });
  });
});
