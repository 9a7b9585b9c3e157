import { describe, expect, test } from 'vitest';
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  generateName,
  labelValueErrors,
  qualifiedNameErrors,
  randomSuffix,
} from '../../../src/meta/names.ts';
import { growth, linearGrowth } from '../../support/growth.ts';

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const keyRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

test('an RFC 1123 label', () => {
  for (const good of ['a', '0', 'a-b', 'a--b', 'x'.repeat(63)]) expect(dns1123LabelErrors(good)).toEqual([]);
  for (const bad of ['', '-a', 'a-', 'A', 'a_b', 'a\n', 'é', 'a..b', '.a']) {
    expect(dns1123LabelErrors(bad)).toEqual([labelRule]);
  }
  expect(dns1123LabelErrors('a.b')).toEqual(['must not contain dots']);
  expect(dns1123LabelErrors('x'.repeat(64))).toEqual(['must be no more than 63 characters']);
  expect(dns1123LabelErrors('X'.repeat(64))).toEqual(['must be no more than 63 characters', labelRule]);
});

test('an RFC 1123 subdomain', () => {
  for (const good of ['a', 'a.b', '0.1-2.c', 'x'.repeat(253)]) expect(dns1123SubdomainErrors(good)).toEqual([]);
  for (const bad of ['', '.', 'a.', '.a', 'a..b', 'a.-b', 'A.b', 'a b', 'a/b']) {
    expect(dns1123SubdomainErrors(bad)).toEqual([subdomainRule]);
  }
  expect(dns1123SubdomainErrors('x'.repeat(254))).toEqual(['must be no more than 253 characters']);
});

test('an RFC 1035 label begins with a letter', () => {
  expect(dns1035LabelErrors('a-1')).toEqual([]);
  for (const bad of ['', '1a', '-a', 'a-', 'a.b']) expect(dns1035LabelErrors(bad)).toEqual([label1035Rule]);
});

describe('a qualified name', () => {
  test('has a name of up to 63 bytes and perhaps a subdomain before it', () => {
    for (const good of ['a', 'A_b.c-D', 'example.com/MyName', '1/2', 'constructor']) {
      expect(qualifiedNameErrors(good)).toEqual([]);
    }
    expect(qualifiedNameErrors('x'.repeat(64))).toEqual(['name part must be no more than 63 bytes']);
    expect(qualifiedNameErrors('é'.repeat(32))).toEqual([
      'name part must be no more than 63 bytes',
      `name part ${keyRule}`,
    ]);
  });
  test('tells what is wrong with each part', () => {
    expect(qualifiedNameErrors('')).toEqual(['name part must be non-empty', `name part ${keyRule}`]);
    expect(qualifiedNameErrors('/a')).toEqual(['prefix part must be non-empty']);
    expect(qualifiedNameErrors('A/b')).toEqual([`prefix part ${subdomainRule}`]);
    expect(qualifiedNameErrors('a/')).toEqual(['name part must be non-empty', `name part ${keyRule}`]);
    expect(qualifiedNameErrors(`${'x'.repeat(254)}/a`)).toEqual(['prefix part must be no more than 253 bytes']);
    expect(qualifiedNameErrors('__proto__')).toEqual([`name part ${keyRule}`]);
    expect(qualifiedNameErrors('a/b/c')).toEqual([
      `a valid label key ${keyRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]);
  });
});

test('a label value may be empty', () => {
  for (const good of ['', 'a', 'A.b_c-D']) expect(labelValueErrors(good)).toEqual([]);
  for (const bad of ['-a', 'a-', 'a b', 'a/b', ' ']) expect(labelValueErrors(bad)).toEqual([valueRule]);
  expect(labelValueErrors('x'.repeat(64))).toEqual(['must be no more than 63 bytes']);
});

test('names of a megabyte are judged in time that grows with their length', async () => {
  const judge = (size: number) => {
    const texts = ['-'.repeat(size), 'a.'.repeat(size / 2), `${'a'.repeat(size)}!`, '/'.repeat(size)];
    return () => {
      for (const text of texts) {
        expect(dns1123SubdomainErrors(text)).not.toEqual([]);
        expect(qualifiedNameErrors(text)).not.toEqual([]);
        expect(labelValueErrors(text)).not.toEqual([]);
      }
    };
  };
  expect(await growth(judge, 125_000)).toBeLessThan(linearGrowth);
});

describe('generated names', () => {
  test('end in five characters without vowels', () => {
    expect(generateName('spark-', () => 0)).toBe('spark-bbbbb');
    expect(generateName('spark-', () => 0.999_999)).toBe('spark-99999');
    expect(generateName('', Math.random)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
  test('use every character of the alphabet', () => {
    let step = 0;
    const seen = new Set(randomSuffix(() => step++ / 27, 27));
    expect(seen.size).toBe(27);
  });
  test('stay within 63 characters', () => {
    expect(generateName('x'.repeat(300), () => 0)).toBe(`${'x'.repeat(58)}bbbbb`);
    expect(generateName('x'.repeat(58), () => 0)).toHaveLength(63);
  });
});
