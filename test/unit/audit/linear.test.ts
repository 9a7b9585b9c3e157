import { describe, expect, it } from 'vitest';
import { scrubStatus, scrubText } from '../../../src/apiserver/audit/scrub-text.ts';
import { createScrubber } from '../../../src/apiserver/audit/scrub.ts';
import { redacted } from '../../../src/apiserver/request-uri.ts';
import { growth, linearGrowth, processorMs } from '../../support/growth.ts';

const scrubber = createScrubber(['masterKey', 'keys.value']);
const { fields } = scrubber;
const none: ReadonlySet<string> = new Set();

/** Texts that a client may have quoted in an error message, as long as it likes. */
const hostile: Readonly<Record<string, (size: number) => string>> = {
  'backslashes alone': (size) => `masterKey ${'\\'.repeat(size)}`,
  'backslashes before every name': (size) => `${'\\'.repeat(size / 2)}"masterKey`.repeat(2),
  'a string without an end': (size) => `"masterKey":"${'\\"'.repeat(size / 2)}`,
  'blanks around a colon': (size) => `"masterKey"${' '.repeat(size / 2)}:${' '.repeat(size / 2)}x`,
  'the field again and again': (size) => '"masterKey":"x",'.repeat(size / 16),
  'the field, opened again and again': (size) => '"masterKey":'.repeat(size / 12),
  'quotes alone': (size) => `masterKey ${'"'.repeat(size)}`,
};

describe('what is taken out of a message', () => {
  it.each(Object.keys(hostile))('takes time in proportion to it: %s', async (name) => {
    const text = hostile[name] ?? (() => '');
    expect(await growth((size) => () => scrubText(text(size), none, fields), 4_000)).toBeLessThan(linearGrowth);
  });

  it('is found at every depth of quoting, each time', () => {
    const text = String.raw`a {"masterKey":"one","b":"{\"masterKey\" : \"two\"}"} and "masterkey": "three`;
    expect(scrubText(text, none, fields)).toBe(
      `a {"masterKey":"${redacted}","b":"{\\"masterKey\\" : \\"${redacted}\\"}"} and "masterkey": "${redacted}`,
    );
  });

  it('is the whole of it, where it is too long or there are too many secrets to look for', () => {
    expect(scrubText('x'.repeat(40_000), none, fields)).toBe(redacted);
    const many = new Set(Array.from({ length: 2_000 }, (_, index) => `secret-${index}`));
    expect(scrubText('tells of secret-1999', many, fields)).toBe(redacted);
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
    } as const;
    expect(scrubStatus({ ...status, message: 'tells of secret-1999' }, many, fields)).toEqual({
      ...status,
      message: redacted,
    });
  });

  it('costs little for a Status of thousands of causes and hundreds of secrets', async () => {
    const secrets = new Set(Array.from({ length: 200 }, (_, index) => `secret-${index}-${'x'.repeat(1_000)}`));
    const causes = Array.from({ length: 20_000 }, (_, index) => ({
      message: `cause ${index} says something`,
      field: 'spec',
    }));
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'no',
      details: { causes },
    } as const;
    expect(await processorMs(() => scrubStatus(status, secrets, fields))).toBeLessThan(2_000);
  });
});

const documents: Readonly<Record<string, (size: number) => unknown>> = {
  'a long name with many fields below it': (size) => ({
    ['x'.repeat(20 * size)]: Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, 1])),
  }),
  'many fields far below': (size) => {
    let value: object = Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, 1]));
    for (let depth = 0; depth < 400; depth++) value = { d: value };
    return value;
  },
  'strings within strings': (size) => {
    let text = 'masterKey'.repeat(size / 10);
    for (let depth = 0; depth < 4; depth++) text = JSON.stringify({ note: text });
    return { text };
  },
  'a string of blanks': (size) => ({ text: `${' '.repeat(50 * size)}masterKey${' '.repeat(50 * size)}` }),
};

describe('what is taken out of a body', () => {
  it.each(Object.keys(documents))('takes time in proportion to it: %s', async (name) => {
    const made = documents[name] ?? (() => ({}));
    const scrub = (size: number): (() => unknown) => {
      const document = made(size);
      return () => scrubber.scrub(document);
    };
    expect(await growth(scrub, 2_000)).toBeLessThan(linearGrowth);
  });

  it('takes time in proportion to the paths of a patch', async () => {
    const scrub = (size: number): (() => unknown) => {
      const operations = [{ op: 'add', path: '/a'.repeat(size), value: 'x' }];
      return () => scrubber.scrubOperations(operations);
    };
    expect(await growth(scrub, 10_000)).toBeLessThan(linearGrowth);
    const long = Array.from({ length: 2_000 }, () => ({ op: 'add', path: '/a'.repeat(450), value: 'x' }));
    expect(await processorMs(() => scrubber.scrubOperations(long))).toBeLessThan(4_000);
  });

  it('is the value of an operation whose path is deeper than any object', () => {
    const operation = { op: 'add', path: `${'/a'.repeat(1_000)}/masterKey`, value: 'hush' };
    expect(scrubber.scrubOperations([operation])).toEqual([{ ...operation, value: redacted }]);
  });

  it('is a document within a string that is too large to be read', () => {
    const text = JSON.stringify({ masterKey: 'hush', list: Array.from({ length: 200_000 }, () => 0) });
    expect(scrubber.scrub({ text })).toEqual({ text: redacted });
  });
});
