/** How many requests of one kind the program answers in one second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { runLoad, type LoadOptions } from './load.ts';
import { apps, clusters, idleApp, idleCluster, loadApp } from './objects.ts';
import { connections, fill, withServer, type Scenario, type Stage } from './scenario.ts';

/** The number of objects that the requests use in turn. */
const stored = 1000;
const seconds = 10_000;

/** A collection of 1.7 kB objects. */
export interface Target {
  readonly path: string;
  readonly make: (name: string) => object;
}

const ofApps: Target = { path: apps, make: loadApp };
/** The controller reconciles each of them. */
const ofClusters: Target = { path: clusters, make: idleCluster };

/** One kind of request, for any server of the collection. */
export interface RequestLoad {
  readonly name: string;
  readonly about: string;
  /** Whether it needs the objects app-0 … app-999. */
  readonly onStored: boolean;
  readonly run: (stage: Stage, target: Target) => Promise<Figure[]>;
}

const objectPath = ({ path }: Target, index: number): string => `${path}/app-${index % stored}`;

/** Resolves when the controller, where there is one, has done its first work on all of them: creates have their own figure. */
export async function storeObjects(stage: Stage, { path, make }: Target): Promise<void> {
  await fill(stage, path, stored, (index) => make(`app-${index}`));
  while ((await objectsOf(stage, path)).some(isNew)) await sleep(100);
}

interface Stored {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number };
}

/** The controller's status names the generation that it looked at: 0 at first. A custom resource has no status here. */
const isNew = ({ metadata: { generation = 0 }, status }: Stored): boolean =>
  (status?.observedGeneration ?? generation) < generation;

async function objectsOf({ client }: Stage, path: string): Promise<readonly Stored[]> {
  return (JSON.parse((await client.send('GET', path)).text()) as { items: Stored[] }).items;
}

/** Warms up with a tenth of the operations, in another range of numbers, and then measures. */
async function measure(
  { server }: Stage,
  name: string,
  what: string,
  options: LoadOptions,
  operation: (index: number) => Promise<unknown>,
): Promise<Figure[]> {
  const warmUp = Math.ceil(options.operations / 10);
  await runLoad(server, { ...options, operations: warmUp }, operation);
  const { perSecond, detail } = await runLoad(server, options, (index) => operation(index + warmUp));
  return [{ name, value: perSecond, unit: '1/s', detail: `${what}; ${detail}` }];
}

const creates: RequestLoad = {
  name: 'creates',
  about: 'POST of new KubeDirectorApps of 1.7 kB by 16 writers',
  onStored: false,
  run(stage, { path, make }) {
    const options = { workers: connections, operations: 20_000, maxMs: seconds };
    return measure(stage, 'creates', 'KubeDirectorApps of 1.7 kB', options, (index) =>
      stage.client.send('POST', path, make(`new-${index}`)),
    );
  },
};

const gets: RequestLoad = {
  name: 'gets',
  about: 'GET of one of 1,000 KubeDirectorApps over 16 connections',
  onStored: true,
  run(stage, target) {
    const options = { workers: connections, operations: 50_000, maxMs: seconds };
    return measure(stage, 'gets', 'of 1.7 kB', options, (index) => stage.client.send('GET', objectPath(target, index)));
  },
};

const lists: RequestLoad = {
  name: 'lists',
  about: 'GET of all 1,000 KubeDirectorApps, the whole answer read, over 4 connections',
  onStored: true,
  async run(stage, { path }) {
    const whole = await stage.client.send('GET', path);
    const { items } = JSON.parse(whole.text()) as { items: unknown[] };
    if (items.length !== stored) throw new Error(`the list has ${items.length} items, not ${stored}`);
    const options = { workers: 4, operations: 2000, maxMs: seconds };
    const what = `of 1,000 objects, ${(whole.bytes / 1e6).toFixed(2)} MB each`;
    return measure(stage, 'lists', what, options, async () => {
      const { bytes } = await stage.client.send('GET', path);
      if (bytes !== whole.bytes) throw new Error(`a list had ${bytes} bytes, not ${whole.bytes}`);
    });
  },
};

const patches: RequestLoad = {
  name: 'patches',
  about: 'JSON merge PATCH of one of 1,000 KubeDirectorApps by 16 writers',
  onStored: true,
  run(stage, target) {
    const options = { workers: connections, operations: 20_000, maxMs: seconds };
    return measure(stage, 'patches', 'merge patch of an annotation', options, (index) =>
      stage.client.send('PATCH', objectPath(target, index), {
        metadata: { annotations: { 'bench/turn': String(index) } },
      }),
    );
  },
};

const applyPatch = 'application/apply-patch+yaml';

/** Server-side apply. @param nameOf the name of the object of an operation @param turnOf the value of a label in it */
function applying(
  name: string,
  what: string,
  nameOf: (index: number) => string,
  turnOf: (index: number) => string,
): RequestLoad {
  return {
    name,
    about: `server-side apply of KubeDirectorApps by 16 writers: ${what}`,
    onStored: true,
    run(stage, { path, make }) {
      const options = { workers: connections, operations: 10_000, maxMs: seconds };
      const operation = (index: number): Promise<unknown> => {
        const object = make(nameOf(index)) as { metadata: object };
        const metadata = { ...object.metadata, labels: { 'bench/turn': turnOf(index) } };
        const body = { ...object, metadata };
        return stage.client.send('PATCH', `${path}/${nameOf(index)}?fieldManager=bench&force=true`, body, applyPatch);
      };
      return measure(stage, name, `server-side apply: ${what}`, options, operation);
    },
  };
}

const oneOfStored = (index: number): string => `app-${index % stored}`;
const applies: readonly RequestLoad[] = [
  applying('apply-changed', 'a label changes', oneOfStored, (index) => `turn-${index}`),
  applying('apply-same', 'nothing changes after the first of each', oneOfStored, () => 'same'),
  applying(
    'apply-new',
    'new ones',
    (index) => `applied-${index}`,
    () => 'new',
  ),
];

/** In this order they can run one after the other on one server: only the last ones leave more objects. */
export const requestLoads: readonly RequestLoad[] = [gets, lists, patches, ...applies, creates];

/** A scenario on a program with its own empty store. */
const alone = ({ name, about, onStored, run }: RequestLoad): Scenario => ({
  name,
  about,
  run: (bench) =>
    withServer(bench, async (stage) => {
      if (onStored) await storeObjects(stage, ofApps);
      return run(stage, ofApps);
    }),
});

const statuses: RequestLoad = {
  name: 'status',
  about: 'PATCH of /status of one of 1,000 KubeDirectorClusters without members by 16 writers',
  onStored: true,
  run(stage, target) {
    const options = { workers: connections, operations: 20_000, maxMs: seconds };
    const what = 'merge patch of clusters’ /status, the controller looking at each change';
    // The controller keeps this field: it continues to count from the value that it finds.
    return measure(stage, 'status', what, options, (index) =>
      stage.client.send('PATCH', `${objectPath(target, index)}/status`, { status: { lastNodeID: index + 1 } }),
    );
  },
};

/** The loads that are measured on clusters, in an order in which they can run one after the other on one server. */
export const clusterLoads: readonly RequestLoad[] = [patches, statuses, creates];

/** The name of a figure that is measured on clusters. */
export const clusterLoadName = ({ name }: RequestLoad): string => (name === statuses.name ? name : `cluster-${name}`);

/** Figures that were measured on clusters, with a name that says so. */
export function asClusters(figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({
    ...figure,
    name: `cluster ${figure.name}`,
    detail: figure.detail.replace('KubeDirectorApps', 'KubeDirectorClusters'),
  }));
}

/** The same scenario on clusters, which the controller reconciles at the same time. */
const onClusters = (load: RequestLoad): Scenario => ({
  name: clusterLoadName(load),
  about: `on KubeDirectorClusters without members, the controller at work: ${load.name}`,
  run: (bench) =>
    withServer(bench, async (stage) => {
      await stage.client.send('POST', apps, idleApp());
      if (load.onStored) await storeObjects(stage, ofClusters);
      return asClusters(await load.run(stage, ofClusters));
    }),
});

export const requestScenarios: readonly Scenario[] = [
  ...[creates, gets, lists, patches, ...applies].map(alone),
  ...[creates, patches, statuses].map(onClusters),
];
