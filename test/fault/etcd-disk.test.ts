/** Members of etcd whose disks fail with EIO, or are full. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster, type EtcdMember } from '../support/etcd.ts';
import { FailingDisk } from '../support/failing-disk.ts';
import { EtcdLoad } from './etcd-load.ts';

const megabytes = 256;

/** Why no disk can be made to fail; '' if one can. */
function noDisk(): string {
  try {
    const disk = new FailingDisk(megabytes);
    try {
      disk.fail();
    } finally {
      disk.remove();
    }
    return '';
  } catch (error) {
    return `no disk can be made to fail here: ${String(error)}`;
  }
}

const why = etcdBinary === undefined ? noEtcd : noDisk();

describe.skipIf(why !== '')(
  `a store on members of etcd with disks of their own${why === '' ? '' : ` (${why})`}`,
  () => {
    let disks: FailingDisk[];
    let cluster: EtcdCluster;
    let store: Store;
    let load: EtcdLoad;

    const diskOf = (member: EtcdMember): FailingDisk => {
      const disk = disks[cluster.members.indexOf(member)];
      if (disk === undefined) throw new Error('it has no disk');
      return disk;
    };
    const leader = (): Promise<EtcdMember> => vi.waitFor(() => cluster.leader());
    const ended = async (member: EtcdMember): Promise<void> => {
      await vi.waitFor(() => {
        expect(member.isRunning).toBe(false);
      });
    };
    const mended = (member: EtcdMember): void => {
      diskOf(member).mend();
      member.start();
    };

    beforeEach(async () => {
      disks = [0, 1, 2].map(() => new FailingDisk(megabytes));
      const folders = disks.map(({ folder }) => folder);
      cluster = await startEtcd({ members: 3, folders, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
      store = await openEtcdStore({
        ...{
          endpoints: cluster.endpoints,
          compactEveryMs: 0,
          clock: systemClock,
          random: () => 0,
          logger: silentLogger,
        },
        pace: { silentMs: 500, probeMs: { well: 500, unavailable: 100 }, requestMs: 2_500, connectMs: 1_000 },
      });
      load = new EtcdLoad(store, await store.barrier());
      await load.progress();
    });
    afterEach(async () => {
      await store.close();
      await cluster.stop();
      for (const disk of disks) disk.remove();
    });

    it('goes on without the leader whose disk fails, and with it when the disk is mended', async () => {
      const member = await leader();
      diskOf(member).fail();
      await load.progress();
      await ended(member);
      expect(member.log).toContain('input/output error');
      mended(member);
      await load.progress();
      expect(await load.problems()).toEqual([]);
    });

    it('says that it is unavailable when all disks fail, and has everything that was acknowledged when they are mended', async () => {
      for (const disk of disks) disk.fail();
      await vi.waitFor(() => {
        expect(store.unavailable).toBeDefined();
      });
      // The last one writes nothing any more without the others, and so does not notice.
      for (const member of cluster.members) await member.kill();
      for (const member of cluster.members) mended(member);
      await load.progress();
      expect(await load.problems()).toEqual([]);
    });

    it('goes on without the leader whose disk is full, and with it when there is room', async () => {
      const member = await leader();
      diskOf(member).fill();
      // etcd has reserved some space for what it writes next.
      const value = Buffer.from(JSON.stringify('x'.repeat(1 << 20)));
      for (let turn = 0; member.isRunning && turn < 200; turn++) {
        await store.commit({ require: [], writes: [{ key: '/large', value }] }).catch(() => undefined);
      }
      await ended(member);
      expect(member.log).toContain('no space left on device');
      await load.progress();
      diskOf(member).clear();
      member.start();
      await load.progress();
      expect(await load.problems()).toEqual([]);
    });
  },
);
