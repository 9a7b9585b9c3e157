import { describe, expect, it } from 'vitest';
import { allowsMembers, describeCardinality, parseCardinality } from '../../../src/apis/kubedirector/cardinality.ts';
import { defaultStorageClass } from '../../../src/apis/kubedirector/lookup.ts';
import { servicesOfRole, usesApp } from '../../../src/apis/kubedirector/app-lookups.ts';
import type { AppCatalog, KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import type { StorageClass } from '../../../src/apis/kubernetes/types.ts';

describe('a cardinality', () => {
  it.each([
    ['3', [false, true, false], 'exactly 3 members'],
    ['3+', [false, true, true], 'at least 3 members'],
    ['1', [false, false, false], 'exactly 1 member'],
    ['0+', [true, true, true], 'at least 0 members'],
  ])('%s allows what it says', (text, allowed, described) => {
    const cardinality = parseCardinality(text);
    expect(cardinality && [2, 3, 4].map((members) => allowsMembers(cardinality, members))).toEqual(allowed);
    expect(cardinality && describeCardinality(cardinality)).toBe(described);
  });

  it.each(['', '+', '-1', '1.5', '1 +', '1++', 'x', '1e3', '9999999999'])('is not %j', (text) => {
    expect(parseCardinality(text)).toBeUndefined();
  });
});

describe("Kubernetes' default storage class", () => {
  const made = (name: string, creationTimestamp: string, isDefault: string): StorageClass => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, creationTimestamp, annotations: { 'storageclass.kubernetes.io/is-default-class': isDefault } },
    provisioner: 'x',
  });

  it('is the newest of those marked, and the first by name of those as new', () => {
    const classes = [
      made('a', '2026-01-01T00:00:00Z', 'true'),
      made('c', '2026-01-02T00:00:00Z', 'true'),
      made('b', '2026-01-02T00:00:00Z', 'true'),
      made('d', '2026-01-03T00:00:00Z', 'false'),
    ];
    expect(defaultStorageClass(classes)).toBe('b');
    expect(classes.map(({ metadata }) => metadata.name)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('may be none', () => {
    expect(defaultStorageClass([made('a', '2026-01-01T00:00:00Z', 'no')])).toBeUndefined();
  });
});

describe('whether a cluster uses an app', () => {
  const uses = (appCatalog: AppCatalog | undefined, clusterNamespace: string, appNamespace: string, name = 'a') =>
    usesApp(
      {
        metadata: { name: 'c', namespace: clusterNamespace },
        spec: { app: 'a', roles: [], ...(appCatalog === undefined ? {} : { appCatalog }) },
      },
      { name, namespace: appNamespace },
      'system',
    );

  it('follows from the catalog that it was resolved from', () => {
    expect([
      uses('local', 'x', 'x'),
      uses('local', 'x', 'system'),
      uses('system', 'x', 'system'),
      uses('system', 'x', 'x'),
    ]).toEqual([true, false, true, false]);
  });

  it('counts both where it was not resolved yet, and another name never', () => {
    expect([uses(undefined, 'x', 'x'), uses(undefined, 'x', 'system'), uses(undefined, 'x', 'y')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(uses('local', 'x', 'x', 'b')).toBe(false);
  });
});

describe('the services of a role', () => {
  it('come in the order of roleServices, without those that are not defined', () => {
    const app: KubeDirectorApp = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorApp',
      metadata: {},
      spec: {
        label: { name: 'A' },
        distroID: 'a',
        version: '1',
        configSchemaVersion: 7,
        services: [{ id: 'one' }, { id: 'two' }],
        roles: [],
        config: { selectedRoles: [], roleServices: [{ roleID: 'r', serviceIDs: ['two', 'none', 'one'] }] },
      },
    };
    expect(servicesOfRole(app, 'r').map(({ id }) => id)).toEqual(['two', 'one']);
    expect(servicesOfRole(app, 'other')).toEqual([]);
  });
});
