import { status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { CompactedError, StorageUnavailableError } from '../../../src/storage/contract.ts';
import { freePort } from '../../support/free-port.ts';
import { failure, fakes, opened, started } from './calls-fixture.ts';
import { FakeEtcd, fakeHeader as header, Refusal } from './fake-etcd.ts';

describe('a read from etcd', () => {
  it('goes to another member if the first one does not answer', async () => {
    const counts = [0, 0];
    const range = (index: number, answer: 'never' | undefined) => () => {
      counts[index]! += 1;
      return answer ?? { header };
    };
    const [first, second] = await started({}, {});
    const store = await opened([first!, second!]);
    first!.script.range = range(0, 'never');
    second!.script.range = range(1, undefined);
    expect(await store.read('/a')).toBeUndefined();
    expect(counts).toEqual([1, 1]);
    // Later ones do not wait for it again.
    await store.read('/a');
    await store.read('/a');
    expect(counts).toEqual([1, 3]);
  });

  it('works again as soon as there is a member again', async () => {
    const port = await freePort();
    const [gone] = [new FakeEtcd()];
    await gone.listen(port);
    const store = await opened([gone]);
    gone.stop();
    await vi.waitFor(async () => {
      expect(await failure(store.read('/a'))).toBeInstanceOf(StorageUnavailableError);
    });
    const back = new FakeEtcd();
    fakes.push(back);
    await back.listen(port);
    await vi.waitFor(() => {
      expect(store.unavailable).toBeUndefined();
    });
    expect(await store.read('/a')).toBeUndefined();
  });

  it('says that a state is no longer kept', async () => {
    const range = (): never => {
      throw new Refusal(status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted');
    };
    const [fake] = await started({});
    const store = await opened([fake!]);
    fake!.script.range = () => ({ header, kvs: [{ key: Buffer.from('/kubedirector/objects/a') }], more: true });
    const page = await store.list('/', { limit: 1 });
    fake!.script.range = range;
    await expect(store.list('/', { limit: 1, continue: page.continue ?? '' })).rejects.toThrow(CompactedError);
    expect(store.unavailable).toBeUndefined();
  });

  it('reads a long list part by part where it cannot be streamed, all parts at one revision', async () => {
    const asked: { revision: number; key: string }[] = [];
    const [fake] = await started({});
    const store = await opened([fake!]);
    fake!.script.range = ({ key, revision, limit }) => {
      asked.push({ revision, key: key.toString() });
      const from = asked.length === 1 ? 0 : 500;
      const kvs = Array.from({ length: Math.min(limit, 700 - from) }, (_, index) => ({
        key: Buffer.from(`/kubedirector/objects/${1000 + from + index}`),
        ...{ value: Buffer.from('{}'), modRevision: 3 },
      }));
      return { header: { ...header, revision: 5 + asked.length }, kvs, more: from === 0 };
    };
    const { entries, revision } = await store.list('/');
    expect(entries.map(({ key }) => key)).toEqual(Array.from({ length: 700 }, (_, index) => `/${1000 + index}`));
    expect(revision).toBe(6);
    expect(asked).toEqual([
      { revision: 0, key: '/kubedirector/objects/' },
      { revision: 6, key: '/kubedirector/objects/1499\0' },
    ]);
  });

  it('begins a list again on another member if the stream breaks', async () => {
    const kvs = [{ key: Buffer.from('/kubedirector/objects/a'), value: Buffer.from('1'), modRevision: 2 }];
    const store = await opened(
      await started(
        {
          rangeStream: (call) => {
            call.write({ rangeResponse: { kvs } });
            call.emit('error', new Refusal(status.UNAVAILABLE, 'etcdserver: server stopped'));
          },
        },
        {
          rangeStream: (call) => {
            call.write({ rangeResponse: { kvs } });
            call.end();
          },
        },
      ),
    );
    expect((await store.list('/')).entries).toEqual([{ key: '/a', value: Buffer.from('1'), revision: 2 }]);
  });
});
