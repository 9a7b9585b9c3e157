import { beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/apis/kubernetes/types.ts';
import type { NativeClients } from '../../../src/clients/contract.ts';
import { createNativeWrites, type NativeWrites } from '../../../src/controller/act/native-writes.ts';
import { mergePatchTo } from '../../../src/controller/plan/natives/drift.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { conflict, notFound, type StatusError } from '../../../src/meta/status.ts';
import { createWorld, type World } from '../../controller/support/world.ts';

const services = { group: '', resource: 'services' };
let world: World;
let stored: Stored<Service>;
let writes: number;
let native: NativeClients;
let nativeWrites: NativeWrites;
beforeEach(() => {
  world = createWorld();
  writes = 0;
  world.gates.check = () => (writes += 1);
  stored = world.services.direct.create({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns', labels: { team: 'red' } } },
    spec: { type: 'ClusterIP' },
  });
  native = world.native;
  nativeWrites = createNativeWrites(native);
});

const desired: Service = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { labels: { team: 'blue' } } },
  spec: { type: 'NodePort' },
};

/** Repairs the Service as several plans would; true if it has become as it should be. */
async function repair(): Promise<boolean> {
  const actual = world.services.get('ns', 'web') ?? stored;
  const drift = mergePatchTo({ metadata: { ...desired.metadata }, spec: { ...desired.spec } }, actual);
  if (drift === undefined) throw new Error('nothing to repair');
  return nativeWrites.repair({ type: 'repair', kind: 'Service', actual, desired, drift });
}

/** Like an admission webhook, has a hand in every write. */
function interfere(mutate: (service: Stored<Service>, writes: number) => void): void {
  const inner = { ...native.services };
  native.services.apply = async (...args) => {
    await inner.apply(...args);
    return world.services.direct.change({ namespace: 'ns', name: 'web' }, (service) => {
      mutate(service, writes);
    });
  };
}

describe('a repair', () => {
  test('tells whether the object has become what it should be', async () => {
    expect(await repair()).toBe(true);
    expect(world.services.get('ns', 'web')).toMatchObject({ metadata: { labels: { team: 'blue' } } });
  });

  test('is tried again if something else was written in between, even a quota', async () => {
    const lost = (error: StatusError) => {
      world.gates.check = () => {
        throw error;
      };
      return repair();
    };
    const quota = conflict({ group: '', resource: 'resourcequotas' }, 'quota', 'modified');
    await expect(lost(quota)).rejects.toThrow(quota);
    await expect(lost(conflict(services, 'web', 'modified'))).rejects.toMatchObject({ reason: 'Conflict' });
  });

  test('is over where the object is gone', async () => {
    world.gates.check = () => {
      throw notFound(services, 'web');
    };
    expect(await repair()).toBe(false);
  });
});

describe('a repair that a webhook undoes', () => {
  const undo = (service: Stored<Service>): void => {
    service.spec = { ...service.spec, type: 'ClusterIP' };
    service.metadata.labels = { team: 'red' };
  };

  test('is not tried for ever, although each write changes the object', async () => {
    interfere((service, count) => {
      undo(service);
      service.metadata.annotations = { 'written-at': String(count) };
    });
    for (let i = 0; i < 5; i++) expect(await repair()).toBe(false);
    expect(writes).toBe(1);
  });

  test('is not tried for ever where it succeeds in part', async () => {
    interfere((service, count) => {
      service.spec = { ...service.spec, type: 'ClusterIP' };
      service.metadata.annotations = { 'written-at': String(count) };
    });
    for (let i = 0; i < 5; i++) expect(await repair()).toBe(false);
    expect(writes).toBe(2);
  });

  test('is tried again once somebody has changed the object', async () => {
    interfere(undo);
    expect(await repair()).toBe(false);
    world.services.direct.change({ namespace: 'ns', name: 'web' }, (service) => {
      service.spec = { ...service.spec, type: 'LoadBalancer' };
    });
    expect(await repair()).toBe(false);
    expect(writes).toBe(2);
  });
});
