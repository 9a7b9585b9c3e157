/** All clusters parsed at once take hundreds of megabytes: a start looks at them one by one. */
import { expect, test } from 'vitest';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { Lister, ObjectChange } from '../../../src/clients/contract.ts';
import { createBackupIndex } from '../../../src/controller/backup-index.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { observe } from './facts.ts';

/** Tells of its objects when it starts, as in-process clients do, and does not want to be asked for all of them before. */
class Starting<T extends KubeObject> {
  readonly #listeners: ((change: ObjectChange<T>) => void)[] = [];
  readonly lister = {
    get: () => undefined,
    list: (): Stored<T>[] => expect.fail('all objects were asked for'),
    onChange: (listener: (change: ObjectChange<T>) => void) => {
      this.#listeners.push(listener);
      return () => undefined;
    },
    synced: () => false,
  } satisfies Pick<Lister<T>, 'get' | 'list' | 'onChange' | 'synced'>;

  start(object: Stored<T>): void {
    for (const listener of this.#listeners) listener({ object });
  }
}

test('the index of backups learns of clusters from a client that has not started', () => {
  const clusters = new Starting<KubeDirectorCluster>();
  const index = createBackupIndex({ clusters: clusters.lister, backups: new Starting<never>().lister });
  index.start();
  const { cluster } = observe(({ spec }) => (spec.restoreFrom = { backup: 'saved' }));
  clusters.start({ ...cluster, metadata: { ...cluster.metadata, namespace: 'n' } });
  expect(index.restoring('n/saved')).toEqual(['n/sample']);
});
