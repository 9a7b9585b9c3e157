import { describe, expect, test } from 'vitest';
import { mebi, parseQuantity, Quantity } from '../../../src/meta/quantity.ts';
import { processorMs } from '../../support/growth.ts';

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (!parsed) throw new Error(`${text} is no quantity`);
  return parsed;
}

describe('the canonical form, as k8s.io/apimachinery v0.37 prints it', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['0Ki', '0'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['00.50', '500m'],
    ['1000m', '1'],
    ['+1', '1'],
    ['-1500m', '-1500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1025Ki', '1025Ki'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['1023', '1023'],
    ['1048576', '1048576'],
    ['1500k', '1500k'],
    ['1000k', '1M'],
    ['1000P', '1E'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12345e5', '1234500e3'],
    ['1e20', '100e18'],
    ['1e-3', '1e-3'],
    ['1E', '1E'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['100000000000000000000', '100E'],
    ['7Ei', '7Ei'],
    ['16Ei', '9223372036854775807'],
    ['1e1000', '10e999'],
    ['1e-10', '1e-9'],
    ['9Ei', '9223372036854775807'],
    ['-9Ei', '-9223372036854775807'],
    ['0.1n', '1n'],
    ['-0.0000000001', '-1n'],
    ['3.3333333333Mi', '3495253333298381n'],
  ])('%s is %s', (text, canonical) => {
    expect(String(quantity(text))).toBe(canonical);
  });

  test('an amount beyond the largest decimal suffix is printed with an exponent', () => {
    expect(String(quantity('1000E'))).toBe('1e21');
  });

  test('reading the canonical form again gives the same amount', () => {
    for (const text of ['1.5Gi', '0.1Ki', '12345e5', '1000E', '-1500m', '3.3333333333Mi']) {
      expect(quantity(String(quantity(text))).compare(quantity(text))).toBe(0);
    }
  });
});

test.each(['.', '-', '+', 'Ki', 'Ti', 'e3', 'n', '-k', '.Mi'])('%j is zero, as Go reads it', (text) => {
  expect(quantity(text).sign()).toBe(0);
});

test.each([' 1Ki', '1Ki ', '\u00a01Ki\u3000'])('spaces around %j do not count', (text) => {
  expect(String(quantity(text))).toBe('1Ki');
});

describe('what is no quantity', () => {
  test.each([
    '',
    ' ',
    '1\n',
    '\t1',
    'Ei',
    'Pi',
    'e-10',
    '1i',
    '1Zi',
    '1Mi5',
    '1 Ki',
    '1e3Ki',
    '1K',
    '1mi',
    '1Kib',
    '1.1.1',
    '--1',
    '1+1',
    '1 Gi',
    '1e',
    '1e+',
    '1e1.5',
  ])('%j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
  test.each(['1Ee3', '0x10', '1_0', 'NaN', 'Infinity', '१', '1,5', '1\n2'])('%j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('an exponent or a text of absurd size, refused at once', async () => {
    const refuse = (): void => {
      expect(parseQuantity('1e1001')).toBeUndefined();
      expect(parseQuantity('1e-1001')).toBeUndefined();
      expect(parseQuantity(`1e${'9'.repeat(500)}`)).toBeUndefined();
      expect(parseQuantity('9'.repeat(1_000_000))).toBeUndefined();
      expect(parseQuantity(`${'0'.repeat(1_000_000)}1`)).toBeUndefined();
    };
    expect(await processorMs(refuse)).toBeLessThan(500);
  });

  test('the largest allowed exponents are still quick', async () => {
    const read = (): void => {
      expect(String(quantity('1e1000'))).toBe('10e999');
      expect(String(quantity('1e-1000'))).toBe('1e-9');
    };
    expect(await processorMs(read)).toBeLessThan(500);
  });
});

describe('reckoning', () => {
  test('compares amounts, not spellings', () => {
    expect(quantity('1').compare(quantity('1000m'))).toBe(0);
    expect(quantity('1Gi').compare(quantity('1G'))).toBe(1);
    expect(quantity('-1').compare(Quantity.zero)).toBe(-1);
    expect(quantity('1E').compare(quantity('1e18'))).toBe(0);
  });

  test('knows the sign', () => {
    expect([quantity('-1n').sign(), quantity('0m').sign(), quantity('1n').sign()]).toEqual([-1, 0, 1]);
  });

  test('adds in the form of the first, or of the second where the first is zero', () => {
    expect(String(quantity('1Gi').add(quantity('1024Mi')))).toBe('2Gi');
    expect(String(quantity('1500m').add(quantity('0.5')))).toBe('2');
    expect(String(Quantity.zero.add(quantity('2048')))).toBe('2048');
    expect(String(Quantity.zero.add(quantity('2Ki')))).toBe('2Ki');
  });

  test('rounds up to whole units', () => {
    expect(quantity('100m').ceil()).toBe(1n);
    expect(quantity('2').ceil()).toBe(2n);
    expect(quantity('-1500m').ceil()).toBe(-1n);
    expect(quantity('1Gi').ceilTo(mebi)).toBe(1024n);
    expect(quantity('1025Ki').ceilTo(mebi)).toBe(2n);
  });

  test('rounds down to whole units', () => {
    expect(quantity('1.9Mi').floorTo(mebi)).toBe(1n);
    expect(quantity('4G').floorTo(mebi)).toBe(3814n);
    expect(quantity('-1500m').floorTo(1n)).toBe(-2n);
  });
});
