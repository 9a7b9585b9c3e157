import { describe, expect, test } from 'vitest';
import { labelSelectorFrom, parseLabelSelector } from '../../../src/meta/labels.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { growth, linearGrowth, orRefused } from '../../support/growth.ts';

function refusal(parse: () => unknown): StatusError {
  try {
    parse();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const keyRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe('a label selector', () => {
  const labels = { a: 'b', tier: 'web', size: '5', empty: '' };
  test.each([
    ['', true],
    ['a', true],
    ['!a', false],
    ['!nope', true],
    ['a=b', true],
    ['a==b', true],
    ['a = b , tier=web', true],
    ['a=c', false],
    ['a!=c', true],
    ['nope!=c', true],
    ['nope=c', false],
    ['tier in (web,db)', true],
    ['tier in (db)', false],
    ['tier notin (db)', true],
    ['nope notin (db)', true],
    ['nope in (db)', false],
    ['empty=', true],
    ['empty in ()', true],
    ['a in (,b)', true],
    ['size>4', true],
    ['size>5', false],
    ['size<6', true],
    ['tier>4', false],
    ['nope<4', false],
    ['a=b,tier!=web', false],
    ['a=1,a=2', false],
    ['in,notin', false],
    ['constructor', false],
    ['!toString', true],
  ])('%j matches: %s', (text, matches) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(matches);
  });

  test('takes the words in and notin as keys and values too', () => {
    expect(parseLabelSelector('in in (in,notin)').matches({ in: 'notin' })).toBe(true);
  });

  test('prints itself in order of keys, with values in order', () => {
    expect(String(parseLabelSelector('z,!y, x notin (c,a,b),w in (b),v==1,u!=2,t>3,s<4,r=5'))).toBe(
      'r=5,s<4,t>3,u!=2,v==1,w in (b),x notin (a,b,c),!y,z',
    );
  });

  test('tells the value it demands, if it demands exactly one', () => {
    const selector = parseLabelSelector('a=b,c in (d),e in (f,g),h!=i,j');
    expect(['a', 'c', 'e', 'h', 'j', 'k'].map((key) => selector.exact(key))).toEqual([
      'b',
      'd',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('is empty only without requirements', () => {
    expect(parseLabelSelector('').empty).toBe(true);
    expect(parseLabelSelector(' \t').empty).toBe(true);
    expect(parseLabelSelector('a').empty).toBe(false);
  });
});

describe('a label selector that kube-apiserver 1.37 refuses is refused in its words', () => {
  test.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a!', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['=', "found '=', expected: !, identifier, or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a in (x', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (b,!c)', "unable to parse requirement: found '!', expected: ',', or identifier"],
    ['a>=b', "unable to parse requirement: found '=', expected: identifier"],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": name part ${keyRule}`],
    [
      'x/y/z',
      `unable to parse requirement: <nil>: Invalid value: "x/y/z": a valid label key ${keyRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
    ['a=-b', `unable to parse requirement: values[0][a]: Invalid value: "-b": ${valueRule}`],
    [
      'a in (-b,-c)',
      `unable to parse requirement: [values[0][a]: Invalid value: "-b": ${valueRule}, values[1][a]: Invalid value: "-c": ${valueRule}]`,
    ],
    [
      `${'a'.repeat(64)}=b`,
      `unable to parse requirement: <nil>: Invalid value: "${'a'.repeat(64)}": name part must be no more than 63 bytes`,
    ],
  ])('%j', (text, message) => {
    const error = refusal(() => parseLabelSelector(text));
    expect(error.message).toBe(message);
    expect(error.code).toBe(400);
  });

  test('a long text is refused, or read, in time that grows with its length alone', async () => {
    const texts = [
      (size: number) => '('.repeat(size),
      (size: number) => '!'.repeat(size),
      (size: number) => 'a,'.repeat(size),
      (size: number) => '-'.repeat(size),
      (size: number) => ' '.repeat(size) + ')',
      (size: number) => `a in (${'b,'.repeat(size)}b)`,
      (size: number) => Array.from({ length: size / 10 }, (_, at) => `k${at}!=v`).join(','),
      (size: number) => Array.from({ length: size / 10 }, (_, at) => `a!=v${at}`).join(','),
    ];
    for (const text of texts) {
      const read = (size: number): (() => unknown) => {
        const made = text(size);
        return orRefused(() => parseLabelSelector(made));
      };
      expect(await growth(read, 25_000)).toBeLessThan(linearGrowth);
    }
  });
});

describe('a selector of many requirements', () => {
  const objects = Array.from({ length: 20_000 }, (_, at) => ({ tier: 'web', number: String(at) }));
  test.each([
    ['of as many labels', (size: number) => Array.from({ length: size }, (_, at) => `k${at}!=v${at}`).join(',')],
    ['of one label', (size: number) => Array.from({ length: size }, (_, at) => `tier!=v${at}`).join(',')],
    ['as values', (size: number) => `tier notin (${Array.from({ length: size }, (_, at) => `v${at}`).join(',')})`],
  ])('asks no more of an object than one of few: %s', async (_, text) => {
    const match = (size: number): (() => unknown) => {
      const selector = parseLabelSelector(text(size));
      expect(selector.matches({ tier: 'v7' })).toBe(text(size).startsWith('k'));
      return () => objects.filter((labels) => selector.matches(labels));
    };
    // Eightfold would be a cost for each requirement.
    expect(await growth(match, 150)).toBeLessThan(3);
  });

  test('joins what is demanded of one label', () => {
    const many = Array.from({ length: 20 }, (_, at) => `!absent${at}`).join(',');
    const selector = parseLabelSelector(`a in (x,y),a in (y,z),a!=w,size>3,size>5,size<9,${many}`);
    expect(selector.matches({ a: 'y', size: '7' })).toBe(true);
    for (const labels of [
      { a: 'x', size: '7' },
      { a: 'y', size: '5' },
      { a: 'y', size: '9' },
      { a: 'y' },
      { size: '7' },
    ]) {
      expect(selector.matches(labels as unknown as Record<string, string>)).toBe(false);
    }
    expect(selector.matches({ a: 'y', size: '7', absent3: '' })).toBe(false);
  });
});

describe('the selector of an object', () => {
  test('joins matchLabels and matchExpressions', () => {
    const selector = labelSelectorFrom({
      matchLabels: { app: 'spark' },
      matchExpressions: [
        { key: 'role', operator: 'In', values: ['worker', 'controller'] },
        { key: 'gone', operator: 'DoesNotExist' },
        { key: 'here', operator: 'Exists' },
        { key: 'zone', operator: 'NotIn', values: ['c'] },
      ],
    });
    expect(String(selector)).toBe('app=spark,!gone,here,role in (controller,worker),zone notin (c)');
    expect(selector.matches({ app: 'spark', role: 'worker', here: '' })).toBe(true);
    expect(selector.matches({ app: 'spark', role: 'worker', here: '', zone: 'c' })).toBe(false);
    expect(selector.exact('app')).toBe('spark');
  });

  test('selects everything where it says nothing', () => {
    expect(labelSelectorFrom({}).empty).toBe(true);
    expect(labelSelectorFrom({ matchLabels: {}, matchExpressions: [] }).matches({})).toBe(true);
  });

  test('is refused with an unknown operator, a missing value or a surplus one', () => {
    const one = (operator: string, values: string[]) => () =>
      labelSelectorFrom({ matchExpressions: [{ key: 'a', operator, values }] });
    expect(refusal(one('Gt', ['1'])).message).toBe('"Gt" is not a valid label selector operator');
    expect(refusal(one('In', [])).message).toBe(
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    );
    expect(refusal(one('Exists', ['b'])).message).toBe(
      'values: Invalid value: ["b"]: values set must be empty for exists and does not exist',
    );
  });

  test('is refused with a bad key', () => {
    expect(refusal(() => labelSelectorFrom({ matchLabels: { '-a': 'b' } })).message).toBe(
      `key: Invalid value: "-a": name part ${keyRule}`,
    );
  });
});
