import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../src/apis/kubedirector/lookup.ts';
import { validateRole } from '../../../src/apis/kubedirector/role-validation.ts';
import type { KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';

/** A small generator of numbers that looks random and is the same in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Bytes in one of the notations that mean exactly as many. */
function notations(bytes: number): (string | number)[] {
  const units: [string, number][] = [
    ['Ki', 1024],
    ['Mi', 1024 ** 2],
    ['Gi', 1024 ** 3],
    ['k', 1000],
    ['M', 1000 ** 2],
    ['e3', 1000],
  ];
  const exact = units.filter(([, size]) => bytes % size === 0).map(([suffix, size]) => `${bytes / size}${suffix}`);
  return [bytes, String(bytes), `${bytes}.0`, `${bytes}000m`, `+${bytes}`, ...exact];
}

function errorsFor(least: string | number, request: string | number | undefined): string[] {
  const app: KubeDirectorApp = {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorApp',
    metadata: { name: 'a' },
    spec: {
      label: { name: 'A' },
      distroID: 'a',
      version: '1',
      configSchemaVersion: 7,
      roles: [{ id: 'r', cardinality: '1+', minResources: { memory: least } }],
      config: { selectedRoles: ['r'], roleServices: [] },
    },
  };
  const facts: ClusterFacts = {
    systemNamespace: 's',
    namespace: 'n',
    storageClasses: [],
    app: { app, catalog: 'local' },
  };
  const requests = request === undefined ? {} : { memory: request };
  const role = { id: 'r', members: 1, resources: { limits: { memory: '1Ei', cpu: '1' }, requests } };
  return validateRole(role, 'role', facts).map(({ field }) => field);
}

describe('the least resources of an app', () => {
  it('compare by amount, however both are written', () => {
    const next = numbers(7);
    const scales = [1, 1000, 1024, 1024 ** 2, 1000 ** 2];
    for (let round = 0; round < 400; round++) {
      const scale = scales[next(scales.length)] ?? 1;
      const least = (1 + next(5000)) * scale;
      const request = next(3) === 0 ? least : (1 + next(5000)) * scale;
      const leastText = notations(least)[next(5)] ?? least;
      const options = notations(request);
      const requestText = options[next(options.length)] ?? request;
      const expected = request < least ? ['role.resources.requests[memory]'] : [];
      expect(errorsFor(leastText, requestText), `${requestText} against ${leastText}`).toEqual(expected);
    }
  });

  it('of 0 asks for nothing', () => {
    expect(errorsFor('0', undefined)).toEqual([]);
  });

  it('of anything asks for something', () => {
    expect(errorsFor('1m', undefined)).toEqual(['role.resources.requests[memory]']);
  });
});
