import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { noDelays } from '../../src/playground/simulation/delays.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { startPlayground, type RunningPlayground } from '../../src/server/playground.ts';
import { adminOf, type Ask } from './support/https.ts';

const catalog = process.env['KD_CATALOG'] ?? '../shared/catalog';
const kdGroup = '/apis/kubedirector.hpe.com/v1beta1';

interface Shown {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly roles?: readonly { readonly members?: number }[] };
}
interface Cluster extends Shown {
  readonly status?: {
    readonly state?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    readonly roles: readonly { readonly members: readonly { readonly state: string }[] }[];
  };
}

let directory: string;
let playground: RunningPlayground;
let ask: Ask;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-catalog-'));
  playground = await startPlayground({ directory, port: 0, logger: silentLogger, delays: noDelays });
  ask = adminOf(directory, playground.url);
});
afterAll(async () => {
  await playground.stop();
  rmSync(directory, { recursive: true });
});

const documents = (path: string): Shown[] =>
  parseAllDocuments(readFileSync(path, 'utf8'))
    .map((document) => document.toJS() as Shown | null)
    .filter((shown) => shown !== null);

async function apply(namespace: string, object: Shown): Promise<void> {
  const { status, text } = await ask(
    'POST',
    `${kdGroup}/namespaces/${namespace}/${object.kind.toLowerCase()}s`,
    object,
  );
  expect([201, status === 201 ? '' : text]).toEqual([status, '']);
}

/** Every member it asks for is configured, and nothing is left to do. */
async function becomesConfigured(namespace: string, { metadata: { name } }: Shown): Promise<void> {
  const read = async (): Promise<Cluster> =>
    JSON.parse((await ask('GET', `${kdGroup}/namespaces/${namespace}/kubedirectorclusters/${name}`)).text) as Cluster;
  const condition = ({ status }: Cluster) => status?.conditions?.find(({ type }) => type === 'Ready');
  await expect
    .poll(async () => condition(await read()), { timeout: 60_000, interval: 100 })
    .toMatchObject({ status: 'True' });
  const { status, spec } = await read();
  const members = (status?.roles ?? []).flatMap((role) => role.members);
  expect(status?.state).toBe('configured');
  expect(new Set(members.map(({ state }) => state))).toEqual(new Set(['configured']));
  const asked = (spec.roles ?? []).reduce((sum, role) => sum + (role.members ?? 0), 0);
  expect(members).toHaveLength(asked);
}

async function makeNamespace(name: string): Promise<void> {
  expect((await ask('POST', '/api/v1/namespaces', { metadata: { name } })).status).toBe(201);
}

describe('the examples in manifests/examples', () => {
  const folders = readdirSync('manifests/examples').filter((name) =>
    existsSync(join('manifests/examples', name, 'cluster.yaml')),
  );

  it.each(folders)('%s becomes configured in the playground', { timeout: 240_000 }, async (folder) => {
    await makeNamespace(folder);
    for (const object of documents(join('manifests/examples', folder, 'app.yaml'))) await apply(folder, object);
    for (const object of documents(join('manifests/examples', folder, 'cluster.yaml'))) {
      await apply(folder, object);
      if (object.kind === 'KubeDirectorCluster') await becomesConfigured(folder, object);
    }
  });
});

// It is beside the project, and not everybody has it.
describe.skipIf(!existsSync(catalog))(`the catalog in ${catalog} (KD_CATALOG names another)`, () => {
  const files = (folder: string): string[] => (existsSync(catalog) ? readdirSync(join(catalog, folder)) : []);

  it('has two nodes with GPUs to run on', async () => {
    const { text } = await ask('GET', '/api/v1/nodes');
    const { items } = JSON.parse(text) as { items: { status: { allocatable: Record<string, string> } }[] };
    expect(items.map(({ status }) => Number(status.allocatable['nvidia.com/gpu']) > 0)).toEqual([true, true]);
  });

  it.each(files('clusters'))('%s becomes configured in the playground', { timeout: 240_000 }, async (file) => {
    const namespace = `catalog-${file.replace(/\W/g, '-')}`;
    await makeNamespace(namespace);
    for (const app of files('apps')) {
      for (const object of documents(join(catalog, 'apps', app))) await apply(namespace, object);
    }
    for (const object of documents(join(catalog, 'clusters', file))) {
      await apply(namespace, object);
      if (object.kind === 'KubeDirectorCluster') await becomesConfigured(namespace, object);
    }
  });

  it('uses every app in one of its clusters', () => {
    const names = (folder: string) => files(folder).flatMap((file) => documents(join(catalog, folder, file)));
    const used = new Set(names('clusters').map(({ spec }) => (spec as { app?: string }).app));
    expect(
      names('apps')
        .map(({ metadata }) => metadata.name)
        .filter((name) => !used.has(name)),
    ).toEqual([]);
  });
});
