import { expect, it } from 'vitest';
import { StorageLimitError } from '../../../src/storage/contract.ts';
import { json, takeUntil, type Subject } from './opened.ts';

export function committing(subject: Subject): void {
  it('gives back the bytes that were written, with the revision of the commit', async () => {
    const value = Buffer.from('{"kind":"App", "text":"ü €\\n 🙂", "n":1.50}');
    const revision = await subject.commit([{ key: '/a', value }]);
    expect(await subject.store.read('/a')).toEqual({ key: '/a', value, revision });
  });

  it('gives back a document that spans lines byte by byte, also after reopening', async () => {
    const value = Buffer.from('{\r\n  "a": 1,\n\t"b": "x"\n}\n');
    const revision = await subject.commit([{ key: '/a', value }]);
    await subject.reopen();
    expect(await subject.store.read('/a')).toEqual({ key: '/a', value, revision });
  });

  it('gives back bytes that are no text, alone and beside others, also after reopening', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await subject.commit([{ key: '/a', value: every }]);
    const revision = await subject.commit([
      { key: '/b', value: Buffer.from(every).reverse() },
      { key: '/c', value: json({}) },
    ]);
    await subject.reopen();
    const { entries } = await subject.store.list('/');
    expect(entries.map(({ value }) => value)).toEqual([every, Buffer.from(every).reverse(), json({})]);
    expect(entries[1]?.revision).toBe(revision);
  });

  it('keeps its own copy of the bytes', async () => {
    const value = json({ a: 1 });
    const written = subject.commit([{ key: '/a', value }]);
    value.fill(0x20);
    await written;
    value.fill(0x21);
    expect((await subject.store.read('/a'))?.value.toString()).toBe('{"a":1}');
  });

  it('does not find a key that was never written', async () => {
    expect(await subject.store.read('/a')).toBeUndefined();
  });

  it('takes the largest document that it promises to take', async () => {
    const value = json({ text: 'x'.repeat((subject.opened.maxValueBytes ?? 3 << 20) - 100) });
    await subject.commit([{ key: '/a', value }]);
    await subject.reopen();
    expect((await subject.store.read('/a'))?.value.equals(value)).toBe(true);
  });

  it('refuses a larger one in words, and takes further commits', async (context) => {
    const { maxValueBytes } = subject.opened;
    if (maxValueBytes === undefined) return context.skip('this engine sets no limit');
    const value = json({ text: 'x'.repeat(2 * maxValueBytes) });
    await expect(subject.commit([{ key: '/a', value }])).rejects.toBeInstanceOf(StorageLimitError);
    await subject.put('/b', 1);
    expect(await subject.keysOf('/')).toEqual(['/b']);
  });

  it('raises the revision with every commit, whatever the key', async () => {
    const first = await subject.put('/a', 1);
    const second = await subject.put('/b', 2);
    const third = await subject.put('/a', 3);
    const fourth = await subject.remove('/b');
    const revisions = [first, second, third, fourth];
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    expect(await subject.store.barrier()).toBeGreaterThanOrEqual(fourth);
  });

  it('creates a key again that was deleted', async () => {
    await subject.put('/a', 1);
    const deleted = await subject.remove('/a');
    expect(await subject.store.read('/a')).toBeUndefined();
    const created = await subject.put('/a', 2, 'absent');
    expect(created).toBeGreaterThan(deleted);
    expect(await subject.store.read('/a')).toMatchObject({ revision: created });
  });

  it('writes several keys at one revision, also after reopening', async () => {
    const gone = await subject.put('/gone', 0);
    const values = [json({ a: [1, 2] }), Buffer.from('{\n "b": "ü",\r\n "checksum": "x"\n}'), json('"values":[')];
    const [one = json(0), two = json(0), three = json(0)] = values;
    const revision = await subject.commit([
      { key: '/c', value: three },
      { key: '/gone', value: 'deleted' },
      { key: '/a', value: one },
      { key: '/b","values":[', value: two },
    ]);
    expect(revision).toBeGreaterThan(gone);
    const entries = [
      { key: '/a', value: one, revision },
      { key: '/b","values":[', value: two, revision },
      { key: '/c', value: three, revision },
    ];
    expect((await subject.store.list('/')).entries).toEqual(entries);
    await subject.reopen();
    expect((await subject.store.list('/')).entries).toEqual(entries);
  });

  it('takes a commit of a hundred keys', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `/k/${String(index).padStart(2, '0')}`);
    const revision = await subject.commit(keys.map((key) => ({ key, value: json(key) })));
    const { entries } = await subject.store.list('/k/');
    expect(entries.map(({ key }) => key)).toEqual(keys);
    expect(new Set(entries.map((entry) => entry.revision))).toEqual(new Set([revision]));
  });

  it('changes nothing by the deletion of a key that does not exist', async () => {
    const before = await subject.put('/a', 1);
    const nothing = await subject.remove('/b');
    expect(nothing).toBeGreaterThanOrEqual(before);
    const after = await subject.commit([
      { key: '/b', value: 'deleted' },
      { key: '/c', value: json(3) },
    ]);
    expect(after).toBeGreaterThan(nothing);
    expect(await takeUntil(subject.watch(before), after)).toEqual([
      { type: 'commit', revision: after, changes: [{ type: 'put', key: '/c', value: json(3), revision: after }] },
    ]);
  });

  it('gives concurrent writers revisions of their own', async () => {
    const writers = Array.from({ length: 50 }, (_, index) => subject.put(`/k/${index}`, index, 'absent'));
    const revisions = await Promise.all(writers);
    expect(new Set(revisions).size).toBe(50);
    expect(await subject.store.barrier()).toBeGreaterThanOrEqual(Math.max(...revisions));
  });
}
