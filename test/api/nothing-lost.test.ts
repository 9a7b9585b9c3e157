/** An accepted write is stored completely: nothing that was sent is lost silently. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatusError } from '../../src/meta/status.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import { GroupApi, inDefault } from './group-api.ts';

let api: GroupApi;
beforeAll(async () => {
  api = await GroupApi.started();
  const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
  // Fields that give privileges need the right to create pods, which this test does not check.
  const plain = app.replace(/^ *(systemdRequired|capabilities):.*\n/gm, '');
  await api.yaml(`${inDefault}/kubedirectorapps`, plain).expect(201);
});
afterAll(() => api.stop());

const context = {
  user: { name: 'admin', groups: ['system:masters'] },
  requestId: 'r',
  signal: new AbortController().signal,
  warn() {},
};
const resources = { limits: { memory: '4Gi', cpu: '2' }, requests: { memory: '4Gi', cpu: '2' } };
const requirement = { key: 'disk', operator: 'In', values: ['ssd'] };

const cluster: KubeObject & { spec: object } = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'live', labels: { a: 'b' }, annotations: { c: 'd' } },
  spec: {
    app: 'streams',
    serviceType: 'NodePort',
    roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({
      id,
      resources,
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      podLabels: { tier: 'one' },
      storage: { size: '10Gi', storageClassName: 'standard' },
      blockStorage: { storageClassName: 'standard', pathPrefix: '/dev/x', numDevices: 1, size: '1Gi' },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [requirement] }] },
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchExpressions: [requirement] } } },
          ],
        },
      },
    })),
  },
};

type Path = readonly (string | number)[];

function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => places(child, [...path, key]))];
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

function withValue(object: object, path: Path, value: unknown): object {
  const copy = structuredClone(object);
  const holder = at(copy, path.slice(0, -1)) as Record<string, unknown>;
  holder[String(path.at(-1))] = value;
  return copy;
}

const strange: readonly unknown[] = [
  ...['', 'in', 'Equals', 'x y', '7', 7, 0, -1, 1.5, 2 ** 40, true, false],
  ...[{}, { a: 1 }, [], ['x'], [7], [{}], [{ name: 'x' }]],
];

/** Quantities may be stored in another notation. */
const isQuantity = (path: Path): boolean => path.includes('resources') || path.includes('size');

function lost(sent: unknown, stored: unknown, path: Path = []): string[] {
  if (typeof sent === 'object' && sent !== null) {
    return Object.entries(sent).flatMap(([key, value]) =>
      lost(value, (stored as Record<string, unknown> | undefined)?.[key], [...path, key]),
    );
  }
  const same = sent === stored || (isQuantity(path) && stored !== undefined);
  return same ? [] : [`${path.join('.')}: ${JSON.stringify(sent)} became ${JSON.stringify(stored)}`];
}

describe('a write with a strange value', () => {
  const subjects = places(cluster.spec).filter((path) => path.length > 0);

  it('is refused, or stored with every value that was sent', async () => {
    const registry = api.server.registry('kubedirector.hpe.com', 'kubedirectorclusters');
    let accepted = 0;
    let refused = 0;
    for (const [index, path] of subjects.entries()) {
      // Each place is tried with a third of the values, and each value in a third of the places.
      for (const value of strange.filter((_, n) => (n + index) % 3 === 0)) {
        const sent = { ...cluster, spec: withValue(cluster.spec, path, value) };
        // Unknown fields are dropped with a warning; this test is not about them.
        if (registry.definition.schema.unknownFields(sent).length > 0) continue;
        try {
          const { object } = await registry.create(context, 'default', sent, { dryRun: true });
          expect(lost(sent.spec, (object as unknown as typeof cluster).spec)).toEqual([]);
          accepted += 1;
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
          expect([422, 400]).toContain(error.code);
          refused += 1;
        }
      }
    }
    // Both must happen; otherwise the test shows nothing.
    expect(accepted).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(500);
  }, 60_000);
});
