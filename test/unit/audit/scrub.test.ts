import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../../src/apiserver/audit/scrub.ts';
import { scrubText } from '../../../src/apiserver/audit/scrub-text.ts';

const scrubber = createScrubber(['masterKey', 'keys.value']);
const secret = 'hunter2-hunter2';
const hidden = '[redacted]';

function secretsIn(value: unknown): string[] {
  const found: string[] = [];
  scrubber.scrub(value, { onSecret: (one) => found.push(one) });
  return found;
}

describe('the scrubber', () => {
  it('hides fields by their names, wherever they are, and leaves everything else as it is', () => {
    const object = {
      spec: { masterKey: secret, keys: [{ name: 'a', value: secret }], value: 'plain', parts: [{ value: 1 }] },
      items: [{ status: { masterKey: secret } }],
    };
    expect(scrubber.scrub(object)).toEqual({
      spec: { masterKey: hidden, keys: [{ name: 'a', value: hidden }], value: 'plain', parts: [{ value: 1 }] },
      items: [{ status: { masterKey: hidden } }],
    });
    expect(object.spec.masterKey).toBe(secret);
  });

  it('hides secrets also under a wrong type or in another case', () => {
    const object = { MasterKey: secret, masterKey: { nested: [secret, 7, null] }, Keys: { VALUE: secret } };
    expect(JSON.stringify(scrubber.scrub(object))).not.toContain(secret);
    expect(scrubber.scrub(object)).toMatchObject({ masterKey: { nested: [hidden, hidden, null] } });
  });

  it.each([
    ['a map where a list is expected', { a: { value: secret } }],
    ['one of other names', { a: secret }],
    ['an element alone', { name: 'a', value: secret }],
    ['a text', secret],
    ['a number', 7777777],
  ])('hides whole what has the wrong shape and may hold secrets: %s', (_what, keys) => {
    expect(scrubber.scrub({ spec: { parts: [{ Keys: keys }] } })).toEqual({ spec: { parts: [{ Keys: hidden }] } });
    const told = secretsIn({ keys });
    expect(told).toContain(typeof keys === 'number' ? '7777777' : secret);
    for (const path of ['/spec/keys', '/spec/keys/0/more/a', '/spec/keys/a/b']) {
      expect(scrubber.scrubOperations([{ op: 'add', path, value: keys }])).toEqual([
        { op: 'add', path, value: hidden },
      ]);
    }
  });

  it('hides no more than that', () => {
    const keys = [
      { name: 'a', value: secret, size: 1, more: { value: secret }, others: [secret], none: null },
      secret,
      [{ value: secret }],
      null,
    ];
    const scrubbed = [
      { name: 'a', value: hidden, size: 1, more: hidden, others: hidden, none: null },
      hidden,
      hidden,
      null,
    ];
    expect(scrubber.scrub({ keys })).toEqual({ keys: scrubbed });
    expect(scrubber.scrub({ keys: null, key: { value: secret } })).toEqual({ keys: null, key: { value: secret } });
    const operations = (values: readonly unknown[]) => [
      { op: 'add', path: '/keys', value: values },
      ...values.map((value) => ({ op: 'add', path: '/keys/-', value })),
      { op: 'replace', path: '/keys/0/name', value: 'b' },
      { op: 'replace', path: '/keys/0/more', value: values.at(1) },
    ];
    const expected = operations(scrubbed).map((one) => (one.path === '/keys/0/more' ? { ...one, value: secret } : one));
    expect(scrubber.scrubOperations(operations(keys))).toEqual(expected);
  });

  it("hides a Secret's data and keeps their names", () => {
    const object = { kind: 'Secret', metadata: { name: 's' }, data: { password: 'cGFzcw==' }, stringData: { a: 'b' } };
    expect(scrubber.scrub({ items: [object] })).toEqual({
      items: [{ ...object, data: { password: hidden }, stringData: { a: hidden } }],
    });
    expect(scrubber.scrub({ kind: 'ConfigMap', data: { a: 'b' } })).toEqual({ kind: 'ConfigMap', data: { a: 'b' } });
  });

  it('looks into documents within strings, as kubectl leaves them in annotations', () => {
    const last = JSON.stringify({ spec: { masterKey: secret, size: 1 } });
    const scrubbed = scrubber.scrub({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied': last } } });
    expect(scrubbed).toEqual({
      metadata: {
        annotations: { 'kubectl.kubernetes.io/last-applied': `{"spec":{"masterKey":"${hidden}","size":1}}` },
      },
    });
    const twice = JSON.stringify({ annotations: { last } });
    const escapedName = `{"m\\u0061sterKey":"${secret}"}`;
    const ofSecret = JSON.stringify({ kind: 'Secret', data: { a: secret } });
    for (const text of [twice, escapedName, ofSecret, `spec:\n  masterKey: ${secret}`, `{"masterKey":"${secret}"`]) {
      expect(JSON.stringify(scrubber.scrub({ text }))).not.toContain(secret);
    }
    expect(scrubber.scrub({ text: 'the masterKey must be set' })).toEqual({ text: 'the masterKey must be set' });
  });

  it('hides what the operations of a JSON patch put into such fields', () => {
    const operations = [
      { op: 'add', path: '/spec/masterKey', value: secret },
      { op: 'test', path: '/spec/keys/0/value', value: secret },
      { op: 'add', path: '/spec/keys/-', value: { name: 'a', value: secret } },
      { op: 'replace', path: '/spec/keys', value: [{ value: secret }] },
      { op: 'add', path: '/spec', value: { masterKey: secret } },
      { op: 'replace', path: '/spec/value', value: 'plain' },
      { op: 'remove', path: '/spec/masterKey' },
    ];
    const scrubbed = scrubber.scrubOperations(operations);
    expect(JSON.stringify(scrubbed)).not.toContain(secret);
    expect(JSON.stringify(scrubbed)).toContain(`{"name":"a","value":"${hidden}"}`);
    expect(JSON.stringify(scrubbed)).toContain('{"op":"replace","path":"/spec/value","value":"plain"}');
  });

  it('leaves out managed fields if the policy says so', () => {
    const object = { metadata: { name: 'a', managedFields: [{}] }, items: [{ metadata: { managedFields: [] } }] };
    expect(scrubber.scrub(object)).toEqual(object);
    expect(scrubber.scrub(object, { omitManagedFields: true })).toEqual({
      metadata: { name: 'a' },
      items: [{ metadata: {} }],
    });
  });

  it('keeps keys that mean something to JavaScript', () => {
    const value = JSON.parse('{"__proto__":{"masterKey":"x"},"a":1}') as unknown;
    expect(JSON.stringify(scrubber.scrub(value))).toBe(`{"__proto__":{"masterKey":"${hidden}"},"a":1}`);
  });
});

describe('texts about a request', () => {
  const scrub = (text: string, value: unknown) => scrubText(text, new Set(secretsIn(value)), scrubber.fields);

  it('do not quote its secrets, in whatever form', () => {
    const awkward = 'a "quoted" back\\slash';
    const once = JSON.stringify(awkward);
    const message = `Invalid value: ${once}; patch ${JSON.stringify(JSON.stringify({ v: awkward }))}; plain ${awkward}`;
    expect(scrub(message, { masterKey: awkward })).toBe(
      `Invalid value: "${hidden}"; patch "{\\"v\\":\\"${hidden}\\"}"; plain ${hidden}`,
    );
  });

  it('do not quote the beginning of one that was cut off', () => {
    expect(scrub(`unable to find: {"x":"${secret.slice(0, 9)}`, { masterKey: secret })).toBe(
      `unable to find: {"x":"${hidden}`,
    );
  });

  it('stay readable where a secret is part of every other word', () => {
    expect(scrub('a value: "a"', { masterKey: 'a' })).toBe(`a value: ${hidden}`);
  });

  it('do not show such fields of objects that were there before', () => {
    const plain = `Invalid value: {"masterKey":"${secret}","size":1}: no`;
    expect(scrub(plain, {})).toBe(`Invalid value: {"masterKey":"${hidden}","size":1}: no`);
    const quoted = `Invalid value: ${JSON.stringify(plain)}`;
    expect(scrub(quoted, {})).toContain('size');
    expect(scrub(quoted, {})).not.toContain(secret);
    expect(scrub(`{"masterKey":"${secret}`, {})).toBe(`{"masterKey":"${hidden}`);
  });
});
