import { describe, expect, it } from 'vitest';
import { CompactedError } from '../../../src/storage/contract.ts';
import { Keys } from '../../../src/storage/etcd/keys.ts';
import type { WatchResponse } from '../../../src/storage/etcd/proto.ts';
import { WatchAssembler, WatchCancelledError } from '../../../src/storage/etcd/watch-assembler.ts';

const keys = new Keys('/p');
const put = (key: string, modRevision: number) => ({
  type: 0,
  kv: { key: keys.inEtcd(key), modRevision, version: 1, value: Buffer.from(`"${key}"`) },
});
const deletion = (key: string, modRevision: number) => ({
  type: 1,
  kv: { key: keys.inEtcd(key), modRevision, version: 0, value: Buffer.alloc(0) },
});
const response = (parts: Partial<WatchResponse>): WatchResponse => ({
  header: { clusterId: '1', memberId: '1', revision: 0 },
  ...{ watchId: 0, created: false, canceled: false, compactRevision: 0, cancelReason: '', fragment: false, events: [] },
  ...parts,
});
const progress = (revision: number): WatchResponse =>
  response({ header: { clusterId: '1', memberId: '1', revision }, watchId: -1 });

describe('what a watch is told', () => {
  it('becomes one commit for each revision, with its changes in the order of their keys', () => {
    const assembler = new WatchAssembler(keys, 3);
    const events = [put('/b', 4), deletion('/a', 4), put('/c', 6)];
    expect(assembler.take(response({ events }))).toEqual([
      {
        type: 'commit',
        revision: 4,
        changes: [
          { type: 'delete', key: '/a', revision: 4 },
          { type: 'put', key: '/b', value: Buffer.from('"/b"'), revision: 4 },
        ],
      },
      {
        type: 'commit',
        revision: 6,
        changes: [{ type: 'put', key: '/c', value: Buffer.from('"/c"'), revision: 6 }],
      },
    ]);
    expect(assembler.place).toBe(6);
  });

  it('is joined from fragments, and a revision is given when nothing of it can follow', () => {
    const assembler = new WatchAssembler(keys, 0);
    const take = (parts: Partial<WatchResponse>) =>
      assembler
        .take(response(parts))
        .map((item) => [item.revision, item.type === 'commit' ? item.changes.map(({ key }) => key) : []]);
    expect(take({ fragment: true, events: [put('/a', 1), put('/b', 2)] })).toEqual([[1, ['/a']]]);
    expect(assembler.place).toBe(1);
    expect(take({ fragment: true, events: [put('/c', 2)] })).toEqual([]);
    expect(take({ fragment: true, events: [put('/d', 2), put('/a', 3), put('/a', 4)] })).toEqual([
      [2, ['/b', '/c', '/d']],
      [3, ['/a']],
    ]);
    expect(take({ events: [put('/b', 4)] })).toEqual([[4, ['/a', '/b']]]);
    expect(take({ events: [put('/a', 5)] })).toEqual([[5, ['/a']]]);
  });

  it('is forgotten where a stream broke between fragments: it comes again', () => {
    const assembler = new WatchAssembler(keys, 0);
    assembler.take(response({ fragment: true, events: [put('/a', 1)] }));
    assembler.restart();
    const commits = assembler.take(response({ events: [put('/a', 1), put('/b', 1)] }));
    expect(commits).toMatchObject([{ revision: 1, changes: [{ key: '/a' }, { key: '/b' }] }]);
  });

  it('is left out if it was given before', () => {
    const assembler = new WatchAssembler(keys, 0);
    assembler.take(response({ events: [put('/a', 5)] }));
    const again = assembler.take(response({ events: [put('/a', 4), put('/a', 5), put('/a', 6)] }));
    expect(again.map(({ revision }) => revision)).toEqual([6]);
  });

  it('becomes progress if it has no events and goes beyond what was given', () => {
    const assembler = new WatchAssembler(keys, 5);
    expect(assembler.take(progress(5))).toEqual([]);
    expect(assembler.take(progress(8))).toEqual([{ type: 'progress', revision: 8 }]);
    expect(assembler.take(progress(7))).toEqual([]);
    expect(assembler.place).toBe(8);
  });

  it('says nothing of progress when the watch is announced', () => {
    const assembler = new WatchAssembler(keys, 5);
    const created = response({ created: true, header: { clusterId: '1', memberId: '1', revision: 9 } });
    expect(assembler.take(created)).toEqual([]);
    expect(assembler.place).toBe(5);
  });

  it('ends with CompactedError if what comes next is gone', () => {
    const assembler = new WatchAssembler(keys, 5);
    const take = (): unknown => assembler.take(response({ canceled: true, compactRevision: 20 }));
    expect(take).toThrow(CompactedError);
    expect(take).toThrow(expect.objectContaining({ compactedRevision: 20 }));
  });

  it('ends with the reason that etcd gives', () => {
    const cancelled = response({ canceled: true, cancelReason: 'etcdserver: permission denied' });
    expect(() => new WatchAssembler(keys, 5).take(cancelled)).toThrow(WatchCancelledError);
    expect(() => new WatchAssembler(keys, 5).take(cancelled)).toThrow('etcdserver: permission denied');
  });
});
