import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeDocument } from '../../../src/apiserver/openapi/protobuf-v3.ts';
import { encodeSwagger } from '../../../src/apiserver/openapi/protobuf.ts';

const testdata = new URL('testdata/', import.meta.url);
const swagger = readFileSync(new URL('swagger.json', testdata), 'utf8');
/** swagger.json as gnostic-models 0.7.0 encodes it, with the YAML of each Any rewritten as JSON. */
const golden = readFileSync(new URL('swagger.pb.base64', testdata), 'utf8');

const hex = (document: object): string => encodeSwagger(document).toString('hex');
const named = (name: string): string => Buffer.from(name).toString('hex');

describe('a Swagger document as protobuf', () => {
  it('is, byte for byte, what gnostic makes of it', () => {
    const encoded = encodeSwagger(JSON.parse(swagger) as object);
    expect(encoded.toString('base64')).toBe(golden.replaceAll('\n', ''));
  });

  it('has lengths of more than one byte', () => {
    expect(hex({ swagger: 'x'.repeat(300) })).toBe(`0aac02${named('x'.repeat(300))}`);
  });

  it('has negative integers in ten bytes', () => {
    expect(hex({ definitions: { A: { maxLength: -1 } } })).toBe('4a120a100a0141120b58ffffffffffffffffff01');
  });

  it('leaves out values that are empty, of the wrong type or unknown to Swagger 2.0', () => {
    expect(hex({ swagger: '', host: 1, tags: 'none', unknown: {}, constructor: 'x', externalDocs: undefined })).toBe(
      '',
    );
    expect(hex({ definitions: { A: { maxLength: 1.5, nullable: true, minimum: '1', uniqueItems: 0 } } })).toBe(
      hex({ definitions: { A: {} } }),
    );
  });

  it('keeps an empty text in a list, and `additionalProperties: false`', () => {
    expect(hex({ schemes: ['', 'x'] })).toBe('2a002a0178');
    const closed = hex({ definitions: { A: { additionalProperties: false } } });
    expect(closed).toBe('4a0c0a0a0a01411205aa01021000');
  });

  it('keeps schemas whose names are also members of every JavaScript object', () => {
    const document = JSON.parse('{"definitions":{"__proto__":{"title":"p"},"constructor":{"title":"c"}}}') as object;
    const text = encodeSwagger(document).toString('latin1');
    expect(text).toContain('__proto__');
    expect(text).toContain('constructor');
  });
});

describe('an OpenAPI 3 document as protobuf', () => {
  it('is, byte for byte, what gnostic makes of it', () => {
    const document = JSON.parse(readFileSync(new URL('openapi-v3.json', testdata), 'utf8')) as object;
    // Made in the same way as swagger.pb.base64.
    const expected = readFileSync(new URL('openapi-v3.pb.base64', testdata), 'utf8');
    expect(encodeDocument(document).toString('base64')).toBe(expected.replaceAll('\n', ''));
  });

  it('has an empty message for a default that is null or an object, and no message without a default', () => {
    const encoded = (property: object): string =>
      encodeDocument({ components: { schemas: { A: property } } }).toString('hex');
    expect(encoded({ default: {} })).toBe(encoded({ default: null }));
    expect(encoded({ default: {} })).not.toBe(encoded({}));
  });
});
