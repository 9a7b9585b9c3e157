/** Namespaces for scenarios. A lane plays one scenario at a time, and is empty after it. */
import type { Target } from '../target.ts';
import type { Lab } from './lab.ts';
import type { Stage } from './play.ts';

/** A stage for each of the three ways to send requests. */
export interface Lane {
  readonly custom: Stage;
  readonly aggregated: Stage;
  readonly direct: Stage;
}

const plurals = ['kubedirectorapps', 'kubedirectorclusters'];

export async function makeLanes(lab: Lab, count: number): Promise<Lane[]> {
  const lanes = Array.from({ length: count }, (_, index) => laneOf(lab, index + 1));
  const names = lanes.flatMap(namespacesOf);
  await lab.cluster.apply(
    names.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'live-conformance': '' } },
    })),
  );
  return lanes;
}

function laneOf({ kubernetes, direct, group, customGroup, webhook }: Lab, number: number): Lane {
  const words = (way: string, ofGroup: string): Stage['words'] => ({
    GROUP: ofGroup,
    NAMESPACE: `live-${way}-${number}`,
    WEBHOOK_CA: webhook.caBundle,
    WEBHOOK: `https://127.0.0.1:${webhook.port}`,
  });
  const stage = (server: Target, way: string, ofGroup: string): Stage => ({
    ...{ server, kubernetes, words: words(way, ofGroup), isCustomResource: ofGroup === customGroup },
  });
  return {
    custom: stage(kubernetes, 'c', customGroup),
    aggregated: stage(kubernetes, 'a', group),
    direct: stage(direct, 'd', group),
  };
}

export function namespacesOf(lane: Lane): string[] {
  return Object.values(lane).map(({ words }: Stage) => words['NAMESPACE'] ?? '');
}

/** Gives each item to one caller at a time. */
export function createQueue<T>(items: readonly T[]): <R>(use: (item: T) => Promise<R>) => Promise<R> {
  const free = [...items];
  const waiting: ((item: T) => void)[] = [];
  return async (use) => {
    const item = free.pop() ?? (await new Promise<T>((resolve) => waiting.push(resolve)));
    try {
      return await use(item);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(item);
      else next(item);
    }
  };
}

/** How long a deleted policy may still refuse deletions. */
const patience = 20_000;

/** Deletes all objects of a scenario. @throws Error if some objects remain */
export async function clear({ kubernetes, words }: Stage): Promise<void> {
  const end = Date.now() + patience;
  for (const plural of plurals) {
    const path = `/apis/${words['GROUP'] ?? ''}/v1beta1/namespaces/${words['NAMESPACE'] ?? ''}/${plural}`;
    const left = async (): Promise<readonly { metadata: { name: string } }[]> =>
      ((await kubernetes.ask(path)).body as { items?: { metadata: { name: string } }[] }).items ?? [];
    for (let items = await left(); items.length > 0; items = await left()) {
      if (Date.now() > end) throw new Error(`${items.length} ${plural} stay in ${words['NAMESPACE'] ?? ''}`);
      for (const { metadata } of items) await remove(kubernetes, `${path}/${metadata.name}`);
    }
  }
}

async function remove(kubernetes: Stage['kubernetes'], path: string): Promise<void> {
  await kubernetes.ask(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: {
      metadata: { finalizers: null, labels: { 'kubedirector.hpe.com/allow-delete-while-restoring': '' } },
    },
  });
  await kubernetes.ask(path, { method: 'DELETE' });
  await kubernetes.ask(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { finalizers: null } },
  });
}
