import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../src/apiserver/negotiation/index.ts';
import { growth, linearGrowth } from '../../support/growth.ts';

const all = { table: true, partial: true };
const ask = (accept: string | undefined, query = '', allow: object = all): ReturnType<typeof negotiate> =>
  negotiate(accept, new URLSearchParams(query), allow);
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

// kube-apiserver 1.37 gave these answers.
describe('content negotiation', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;stream=watch', 'application/json'],
    ['application/json;sv=v1', 'application/json'],
    ['application/json;as=;v=;g=', 'application/json'],
    ['*', 'application/json'],
    ['application/json;q=0', 'application/json'],
    ['application/yaml', 'application/yaml'],
    ['application/yaml;q=0.5, application/json;q=0.4', 'application/yaml'],
    ['application/yaml;q=0.4, application/json;q=0.5', 'application/json'],
    ['*/*, application/yaml', 'application/yaml'],
    ['application/vnd.kubernetes.protobuf, application/json', 'application/json'],
    ['application/cbor,application/json', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    [',,application/json', 'application/json'],
  ])('%s gives %s', (accept, mediaType) => {
    expect(ask(accept)).toMatchObject({ mediaType, representation: { as: 'object' } });
  });

  it.each([
    'text/html',
    'text/*',
    'garbage',
    ',,',
    'application/vnd.kubernetes.protobuf',
    'application/json;as=Table;v=v2;g=meta.k8s.io',
    'application/json;as=Table;v=v1;g=example.com',
    'application/json;as=Frob;v=v1;g=meta.k8s.io',
    'application/json;stream=frob',
    'APPLICATION/JSON',
    'application/json;as="Table";v=v1;g=meta.k8s.io',
  ])('%s gives 406 with the accepted media types', (accept) => {
    expect(() => ask(accept)).toThrow(
      expect.objectContaining({
        code: 406,
        reason: 'NotAcceptable',
        message: 'only the following media types are accepted: application/json, application/yaml',
      }),
    );
  });

  it('takes the first form that is available', () => {
    expect(ask(`application/json;as=Table;v=v2;g=meta.k8s.io,${table},application/json`).representation.as).toBe(
      'Table',
    );
    expect(ask(`${table},application/json`, '', { partial: true }).representation.as).toBe('object');
    expect(ask(`${partial},application/json`, '', { table: true }).representation.as).toBe('object');
    expect(() => ask(table, '', {})).toThrow(expect.objectContaining({ code: 406 }));
    expect(ask('*/*;as=Table;g=meta.k8s.io;v=v1').representation.as).toBe('Table');
    expect(ask('application/yaml;as=Table;v=v1;g=meta.k8s.io')).toMatchObject({ mediaType: 'application/yaml' });
  });

  it('knows both versions of tables and metadata', () => {
    expect(ask(table.replace('v=v1', 'v=v1beta1')).representation).toMatchObject({ as: 'Table', version: 'v1beta1' });
    expect(ask(partial.replace('v=v1', 'v=v1beta1')).representation).toEqual({
      as: 'PartialObjectMetadata',
      list: false,
      version: 'v1beta1',
    });
  });

  it('distinguishes PartialObjectMetadataList from PartialObjectMetadata', () => {
    expect(ask(partial).representation).toEqual({ as: 'PartialObjectMetadata', list: false });
    expect(ask(partial.replace('Metadata', 'MetadataList')).representation).toEqual({
      as: 'PartialObjectMetadata',
      list: true,
    });
  });

  it.each([
    ['', 'Metadata'],
    ['includeObject=', 'Metadata'],
    ['includeObject=None', 'None'],
    ['includeObject=Metadata', 'Metadata'],
    ['includeObject=Object', 'Object'],
  ])('for a table with ?%s includes %s', (query, includeObject) => {
    expect(ask(table, query).representation).toEqual({ as: 'Table', includeObject });
  });

  it('refuses an unknown includeObject for a table', () => {
    expect(() => ask(table, 'includeObject=Foo')).toThrow(
      expect.objectContaining({
        code: 400,
        message: `Unable to convert to Table as requested: includeObject: Invalid value: "Foo": must be 'Metadata', 'Object', 'None', or empty`,
      }),
    );
    expect(ask('application/json', 'includeObject=Foo').representation.as).toBe('object');
  });

  it.each([
    ['pretty=1', undefined, true],
    ['pretty=true', undefined, true],
    ['pretty=frob', undefined, false],
    ['pretty=0', 'curl/8', false],
    ['', 'curl/8', true],
    ['', 'Mozilla/5.0 (X11)', true],
    ['', 'kubectl/v1.32', false],
  ])('with ?%s and the user agent %s gives pretty: %s', (query, userAgent, pretty) => {
    expect(ask('application/json', query, { userAgent }).pretty).toBe(pretty);
    expect(ask('application/json, */*', query, { userAgent }).pretty).toBe(pretty);
  });

  it('gives indentation for pretty=1 in the Accept header', () => {
    expect(ask('application/json;pretty=1').pretty).toBe(true);
  });

  it('takes time that grows linearly with the length of the Accept header', async () => {
    const read = (size: number) => {
      const accept = 'a/b;c=d,'.repeat(size);
      return () => expect(() => ask(accept)).toThrow();
    };
    expect(await growth(read, 2_000)).toBeLessThan(linearGrowth);
  });
});
