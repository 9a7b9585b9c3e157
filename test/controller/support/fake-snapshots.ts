/** VolumeSnapshots, and the driver that takes them. */
import type { VolumeSnapshot } from '../../../src/apis/kubernetes/types.ts';
import type { SnapshotClient } from '../../../src/clients/contract.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { createFakeResource, type FakeResource, type Universe } from './fake-resource.ts';

export interface FakeSnapshots {
  readonly client: SnapshotClient;
  readonly resource: FakeResource<VolumeSnapshot>;
  /** prompt: at once. taken: never ready to use. refused: with an error. silent: nothing happens. */
  driver: 'prompt' | 'taken' | 'refused' | 'silent';
  /** Whether the cluster serves VolumeSnapshots at all. */
  isServed: boolean;
  /** What can't be read at the moment. */
  unread: 'snapshots' | 'classes' | undefined;
  readonly classes: Set<string>;
  /** How often they were begun to be followed. */
  followed: number;
  /** What the driver does; true where it did something. */
  step(): boolean;
}

export function createFakeSnapshots(universe: Universe): FakeSnapshots {
  const resource = createFakeResource<VolumeSnapshot>('volumesnapshots', universe);

  function statusOf(snapshot: Stored<VolumeSnapshot>): VolumeSnapshot['status'] {
    const creationTime = `${universe.now().toISOString().slice(0, 19)}Z`;
    switch (fake.driver) {
      case 'prompt':
        return { creationTime, readyToUse: true, restoreSize: '1Gi', boundVolumeSnapshotContentName: 'content' };
      case 'taken':
        return { creationTime, readyToUse: false, restoreSize: '1Gi' };
      case 'refused':
        return { readyToUse: false, error: { message: 'rpc error: code = Unimplemented' } };
      case 'silent':
        return snapshot.status;
    }
  }

  const fake: FakeSnapshots = {
    ...{ resource, driver: 'prompt', isServed: true, unread: undefined, classes: new Set(['snap']), followed: 0 },
    client: {
      async follow() {
        await Promise.resolve();
        if (fake.unread === 'snapshots') throw new Error('volumesnapshots is forbidden');
        if (fake.isServed) fake.followed += 1;
        return fake.isServed;
      },
      view: resource,
      read: (target) => resource.read(target),
      create: (object) => resource.create(object),
      delete: (target, options) => resource.delete(target, options),
      async hasClass(name) {
        await Promise.resolve();
        if (fake.unread === 'classes') throw new Error('volumesnapshotclasses is forbidden');
        return fake.classes.has(name);
      },
    },
    step() {
      const isNews = (snapshot: Stored<VolumeSnapshot>): boolean => {
        const { status } = snapshot;
        if (status?.readyToUse === true || (status?.creationTime !== undefined && fake.driver === 'taken'))
          return false;
        return fake.driver !== 'silent' && (fake.driver !== 'refused' || status?.error === undefined);
      };
      const news = resource.list().filter(isNews);
      for (const snapshot of news) {
        const { namespace = '', name } = snapshot.metadata;
        resource.direct.change({ namespace, name }, (one) => {
          const status = statusOf(snapshot);
          if (status !== undefined) one.status = status;
        });
      }
      return news.length > 0;
    },
  };
  return fake;
}
