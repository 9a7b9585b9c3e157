import { describe, expect, it } from 'vitest';
import {
  fieldPath,
  FieldSet,
  FieldsV1Error,
  fromFieldsV1,
  PathElement,
  pathString,
  toFieldsV1,
} from '../../../src/apiserver/apply/fieldpath/index.ts';

const read = (text: string): FieldSet => fromFieldsV1(JSON.parse(text));
const written = (set: FieldSet): string => JSON.stringify(toFieldsV1(set));
const paths = (set: FieldSet): string[] => [...set.paths()].map(pathString);

describe('FieldsV1', () => {
  it('has a name for each element, and a dot where a path with others below it is in the set itself', () => {
    const set = FieldSet.of(
      fieldPath('spec', 'roles', { id: 'w' }),
      fieldPath('spec', 'roles', { id: 'w' }, 'members'),
      fieldPath('metadata', 'finalizers', PathElement.value('x')),
      fieldPath('list', 3),
    );
    expect(written(set)).toBe(
      '{"f:list":{"i:3":{}},"f:metadata":{"f:finalizers":{"v:\\"x\\"":{}}},"f:spec":{"f:roles":{"k:{\\"id\\":\\"w\\"}":{".":{},"f:members":{}}}}}',
    );
    expect(fromFieldsV1(toFieldsV1(set)).equals(set)).toBe(true);
  });

  it('sorts fields before keys, values and indexes, by bytes, numbers by size, and names of keys', () => {
    const text =
      '{"i:10":{},"i:9":{},"v:\\"b\\"":{},"v:10":{},"v:9.5":{},"v:true":{},"k:{\\"b\\":1,\\"a\\":2}":{},"f:\u{1F600}":{},"f:\uFFFD":{},"f:b":{},"f:a":{}}';
    expect(written(read(text))).toBe(
      '{"f:a":{},"f:b":{},"f:\uFFFD":{},"f:\u{1F600}":{},"k:{\\"a\\":2,\\"b\\":1}":{},"v:9.5":{},"v:10":{},"v:\\"b\\"":{},"v:true":{},"i:9":{},"i:10":{}}',
    );
  });

  it('escapes in values what has a meaning in HTML, as Go does', () => {
    const set = FieldSet.of(fieldPath('<', PathElement.value('<&>\u2028\b"')), fieldPath({ '<': '<' }));
    expect(Object.keys(toFieldsV1(set))).toEqual(['f:<', 'k:{"<":"\\u003c"}']);
    expect(JSON.stringify(toFieldsV1(set.withPrefix(PathElement.field('<'))))).toBe(
      JSON.stringify({ 'v:"\\u003c\\u0026\\u003e\\u2028\\u0008\\""': {} }),
    );
    expect(fromFieldsV1(toFieldsV1(set)).equals(set)).toBe(true);
  });

  it('takes several spellings of an element for the same one', () => {
    expect(
      written(read('{"k:{\\"b\\":1,\\"a\\":2.0}":{"f:x":{}},"k:{\\"a\\":2,\\"b\\":1}":{},"v:1.0":{},"v: 1":{}}')),
    ).toBe('{"k:{\\"a\\":2,\\"b\\":1}":{".":{},"f:x":{}},"v:1":{}}');
  });

  it('leaves out elements of kinds that are not known', () => {
    expect(written(read('{"x:later":{"f:a":{}},"f:b":{"y:later":{}}}'))).toBe('{"f:b":{}}');
  });

  it('reads null as an empty object', () => {
    expect(written(read('{"f:a":null,"f:b":{".":null,"f:c":{}}}'))).toBe('{"f:a":{},"f:b":{".":{},"f:c":{}}}');
    expect(fromFieldsV1(null)).toBe(FieldSet.empty);
  });

  it.each([
    '1',
    '[]',
    '"x"',
    '{"f:a":1}',
    '{"f:a":[]}',
    '{"q":{}}',
    '{"":{}}',
    '{"é:":{}}',
    '{"k:":{}}',
    '{"k:[]":{}}',
  ])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(FieldsV1Error);
  });

  it.each(['k:{', 'k:1', 'v:', 'v:x', 'v:01', 'v:1 2', 'v:1e999', 'i:', 'i:x', 'i:1.5', 'i:9223372036854775808'])(
    'refuses the element %s',
    (element) => {
      expect(() => fromFieldsV1({ [element]: {} })).toThrow(FieldsV1Error);
    },
  );

  it('refuses undefined, which JSON cannot say', () => {
    expect(() => fromFieldsV1(undefined)).toThrow(FieldsV1Error);
  });
});

describe('a path', () => {
  it('is shown as in the messages of kube-apiserver', () => {
    const path = fieldPath('spec', { id: 'a"b', port: 80 }, PathElement.value(true), PathElement.value(1.5), 3, 'x');
    expect(pathString(path)).toBe('.spec[id="a\\"b",port=80][=true][=1.5][3].x');
  });

  it('shows numbers as Go shows a float64, and texts as Go quotes them', () => {
    const shown = (value: unknown) => pathString([PathElement.value(value)]);
    expect([123456, 1234567, 0.0001, 0.00001, -2, 1e21].map(shown)).toEqual([
      '[=123456]',
      '[=1.234567e+06]',
      '[=0.0001]',
      '[=1e-05]',
      '[=-2]',
      '[=1e+21]',
    ]);
    expect(shown('\u0007\n\u007f\u00a0é\u{1F600}\u{E0001}')).toBe('[="\\a\\n\\x7f\\u00a0é\u{1F600}\\U000e0001"]');
    expect([null, [1, 'a'], { a: 'b' }].map(shown)).toEqual(['[=null]', '[=[1,"a"]]', '[=a="b"]']);
  });
});

describe('a set', () => {
  const set = FieldSet.of(fieldPath('a'), fieldPath('a', 'b'), fieldPath('a', 'b', 'c'), fieldPath('d', 'e'));

  it('has the paths that were put into it, not those above them', () => {
    expect(paths(set)).toEqual(['.a', '.a.b', '.a.b.c', '.d.e']);
    expect([fieldPath('d'), fieldPath('d', 'e'), fieldPath('a', 'x'), []].map((path) => set.has(path))).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(set.size()).toBe(4);
  });

  it('has no empty path', () => {
    expect(FieldSet.of([])).toBe(FieldSet.empty);
    expect(set.insert([])).toBe(set);
  });

  it('loses a path but not what is below it, or both', () => {
    const other = FieldSet.of(fieldPath('a', 'b'));
    expect(paths(set.difference(other))).toEqual(['.a', '.a.b.c', '.d.e']);
    expect(paths(set.recursiveDifference(other))).toEqual(['.a', '.d.e']);
  });

  it('unites and intersects', () => {
    const other = FieldSet.of(fieldPath('a', 'b'), fieldPath('d'), fieldPath('x', 'y'));
    expect(paths(set.union(other))).toEqual(['.a', '.d', '.a.b', '.a.b.c', '.d.e', '.x.y']);
    expect(paths(set.intersection(other))).toEqual(['.a.b']);
    expect(paths(set.leaves())).toEqual(['.a.b.c', '.d.e']);
  });

  it('is the same set where an operation changes nothing', () => {
    const part = FieldSet.of(fieldPath('a', 'b'));
    expect(set.union(part)).toBe(set);
    expect(FieldSet.empty.union(set)).toBe(set);
    expect(set.difference(FieldSet.of(fieldPath('z'), fieldPath('a', 'b', 'x')))).toBe(set);
    expect(set.recursiveDifference(FieldSet.empty)).toBe(set);
    expect(set.intersection(set)).toBe(set);
    expect(part.leaves()).toBe(part);
  });

  it('keeps what two large sets have beside each other', () => {
    const many = (from: number, to: number) =>
      FieldSet.of(...Array.from({ length: to - from }, (_, index) => fieldPath(PathElement.index(from + index))));
    const [a, b] = [many(0, 50), many(30, 90)];
    expect(a.union(b).equals(many(0, 90))).toBe(true);
    expect(a.intersection(b).equals(many(30, 50))).toBe(true);
    expect(a.difference(b).equals(many(0, 30))).toBe(true);
    expect(b.difference(a).equals(many(50, 90))).toBe(true);
  });
});
