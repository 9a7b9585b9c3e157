import { status } from '@grpc/grpc-js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StorageLimitError, StorageUnavailableError } from '../../../src/storage/contract.ts';
import type { Store } from '../../../src/storage/contract.ts';
import type { EtcdOptions } from '../../../src/storage/etcd/index.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { failure, opened, started } from './calls-fixture.ts';
import { fakeHeader as header, openOn, Refusal, wellStatus, type FakeEtcd } from './fake-etcd.ts';

const folders: string[] = [];

async function passwordFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kd-etcd-password-'));
  folders.push(folder);
  await writeFile(join(folder, 'password'), 'secret\n');
  return join(folder, 'password');
}

afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

const write = { require: [], writes: [{ key: '/a', value: Buffer.from('{}') }] };

/** How long a member is waited for at the start, in milliseconds. */
const startMs = 300;

/**
 * Opens a store on a member that cannot be used. The wait for one ends when the member has been looked at a second time: then the
 * first answer is known, however busy the machine is.
 * @param script what the member is asked and answers
 */
async function openedInVain(
  script: Pick<FakeEtcd['script'], 'status' | 'authenticate'>,
  options: Partial<EtcdOptions> = {},
): Promise<Store> {
  let looks = 0;
  const counted =
    <A extends unknown[], R>(answer: (...asked: A) => R) =>
    (...asked: A): R => {
      looks += 1;
      return answer(...asked);
    };
  const clock: Clock = {
    ...systemClock,
    after(milliseconds, callback) {
      if (milliseconds !== startMs) return systemClock.after(milliseconds, callback);
      let cancel: () => void = () => undefined;
      const again = (): void => {
        if (looks > 1) callback();
        else cancel = systemClock.after(5, again);
      };
      again();
      return () => cancel();
    },
  };
  const { status: told, authenticate } = script;
  const fakes = await started({
    ...(told === undefined ? {} : { status: counted(told) }),
    ...(authenticate === undefined ? {} : { authenticate: counted(authenticate) }),
  });
  return openOn(fakes, { ...options, clock, pace: { startMs } });
}

describe('a commit to etcd', () => {
  it('may have happened if the connection is lost before the answer', async () => {
    const [fake] = await started({});
    const store = await opened([fake!]);
    fake!.script.txn = () => {
      setImmediate(() => {
        fake!.stop();
      });
      return 'never';
    };
    const error = await failure(store.commit(write));
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(error).toMatchObject({ indeterminate: true });
    expect(store.unavailable).toBe(error);
  });

  it('may have happened if there is no answer in time, and is not sent a second time', async () => {
    let times = 0;
    const never = (): 'never' => {
      times += 1;
      return 'never';
    };
    const store = await opened(await started({ txn: never }, { txn: never }), { pace: { requestMs: 1_500 } });
    expect(await failure(store.commit(write))).toMatchObject({ indeterminate: true });
    expect(times).toBe(1);
  });

  it('did not happen if there was nobody to send it to', async () => {
    const [fake] = await started({});
    const store = await opened([fake!]);
    fake!.stop();
    await vi.waitFor(() => {
      expect(store.unavailable).toBeDefined();
    });
    const error = await failure(store.commit(write));
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(error).toMatchObject({ indeterminate: false });
    expect(String(error)).toContain(fake!.url);
  });

  it('goes to another member if the first one has no leader', async () => {
    const none = (): never => {
      throw new Refusal(status.UNAVAILABLE, 'etcdserver: no leader');
    };
    const store = await opened(
      await started({ txn: none }, { txn: () => ({ header: { ...header, revision: 9 }, succeeded: true }) }),
    );
    expect(await store.commit(write)).toBe(9);
  });

  it('waits for a leader', async () => {
    let times = 0;
    const later = () => {
      times += 1;
      if (times < 3) throw new Refusal(status.UNAVAILABLE, 'etcdserver: no leader');
      return { header: { ...header, revision: 9 }, succeeded: true };
    };
    const store = await opened(await started({ txn: later }), { pace: { againMs: 1 } });
    expect(await store.commit(write)).toBe(9);
    expect(times).toBe(3);
  });

  it('is given up as one that did not happen while the time for one more answer is left', async () => {
    const none = (): never => {
      throw new Refusal(status.UNAVAILABLE, 'etcdserver: no leader');
    };
    const store = await opened(await started({ txn: none }), { pace: { requestMs: 4_000, againMs: 1_900 } });
    expect(await failure(store.commit(write))).toMatchObject({ indeterminate: false });
  });

  it.each([
    ['etcdserver: too many operations in txn request', status.INVALID_ARGUMENT, '--max-txn-ops'],
    ['etcdserver: request is too large', status.INVALID_ARGUMENT, '--max-request-bytes'],
    ['grpc: received message larger than max (9 vs. 8)', status.RESOURCE_EXHAUSTED, '--max-request-bytes'],
  ])('names the limit that it exceeds: %s', async (details, code, flag) => {
    const txn = (): never => {
      throw new Refusal(code, details);
    };
    const store = await opened(await started({ txn }));
    const error = await failure(store.commit(write));
    expect(error).toBeInstanceOf(StorageLimitError);
    expect(String(error)).toContain(flag);
    expect(store.unavailable).toBeUndefined();
  });

  it('is refused while etcd has no space, until a write of our own succeeds', async () => {
    let full = true;
    const txn = () => {
      if (full) throw new Refusal(status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded');
      return { header, succeeded: true };
    };
    const store = await opened(await started({ txn }));
    const error = await failure(store.commit(write));
    expect(error).toMatchObject({ name: 'EtcdSpaceError', indeterminate: false });
    await store.barrier();
    expect(store.unavailable).toMatchObject({ name: 'EtcdSpaceError' });
    full = false;
    await vi.waitFor(() => {
      expect(store.unavailable).toBeUndefined();
    });
  });
});

describe('a user of etcd', () => {
  it('logs in, and once more for all calls whose token is refused', async () => {
    let valid = 0;
    const seen: string[] = [];
    const check = (token: string | undefined): void => {
      if (token !== `token-${valid}`) throw new Refusal(status.UNAUTHENTICATED, 'etcdserver: invalid auth token');
    };
    const fake = {
      authenticate: ({ name, password }: { name: string; password: string }) => {
        seen.push(`${name}:${password}`);
        valid += 1;
        return { token: `token-${valid}` };
      },
      range: (_: unknown, token: string | undefined) => {
        check(token);
        return { header };
      },
      txn: (_: unknown, token: string | undefined) => {
        check(token);
        return { header, succeeded: true };
      },
    };
    const user = { name: 'director', passwordFile: await passwordFile() };
    const store = await opened(await started(fake), { user });
    expect(seen).toEqual(['director:secret']);
    valid = 7;
    expect(await Promise.all([store.commit(write), store.read('/a'), store.barrier()])).toEqual([5, undefined, 5]);
    expect(seen).toHaveLength(2);
  });

  it('learns that its password is wrong', async () => {
    const authenticate = (): never => {
      throw new Refusal(status.INVALID_ARGUMENT, 'etcdserver: authentication failed, invalid user ID or password');
    };
    const user = { name: 'director', passwordFile: await passwordFile() };
    await expect(openedInVain({ authenticate }, { user })).rejects.toThrow(/authentication failed/);
  });

  it('is asked for, if there is none', async () => {
    const statusOf = (): never => {
      throw new Refusal(status.INVALID_ARGUMENT, 'etcdserver: user name is empty');
    };
    await expect(openedInVain({ status: statusOf })).rejects.toThrow(/user name is empty/);
  });
});

describe('a member of etcd', () => {
  it.each([
    ['is too old', { ...wellStatus, version: '3.5.12' }, /3\.5\.12 is too old/],
    ['is far too old', { ...wellStatus, version: '3.3.27' }, /3\.3\.27 is too old/],
    ['is a learner', { ...wellStatus, isLearner: true }, /learner/],
  ])('is not used if it %s', async (_, answer, reason) => {
    await expect(openedInVain({ status: () => answer })).rejects.toThrow(reason);
  });

  it.each(['3.4.31', '3.5.13', '3.6.0', '3.7.3', '4.0.0'])('is used with version %s', async (version) => {
    const store = await opened(await started({ status: () => ({ ...wellStatus, version }) }));
    expect(await store.barrier()).toBe(5);
  });

  it('is not used if it belongs to another cluster', async () => {
    const other = { ...wellStatus, header: { ...header, clusterId: '8' } };
    let asked = 0;
    const range = () => {
      asked += 1;
      return { header };
    };
    const [ours, foreign] = await started({}, { status: () => new Promise((go) => setTimeout(go, 50, other)), range });
    const store = await opened([ours!, foreign!]);
    ours!.stop();
    await vi.waitFor(async () => {
      expect(String(await failure(store.read('/a')))).toContain('it belongs to another cluster');
    });
    expect(asked).toBe(0);
  });
});

describe('the limit of etcd for requests', () => {
  it.each([
    [1 << 20, 0],
    [4 << 20, 1],
  ])('is compared with commits of %d bytes at the start', async (largestCommitBytes, warnings) => {
    const said: string[] = [];
    const logger = {
      ...{ debug: () => undefined, info: () => undefined, error: () => undefined, child: () => logger },
      warn: (_: object, message: string) => void said.push(message),
    };
    await opened(await started({}), { largestCommitBytes, logger });
    expect(said).toHaveLength(warnings);
    for (const text of said) expect(text).toContain(`at most ${(2 << 20) - (512 << 10)} bytes`);
  });
});
