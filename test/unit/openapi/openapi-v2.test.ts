/** /openapi/v2 */
import { describe, expect, it } from 'vitest';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';
import { core, fieldsOf, server, things, withDocuments } from './openapi-fixture.ts';

withDocuments();

describe('/openapi/v2', () => {
  it('is one Swagger document for all group versions, with keywords of Swagger 2.0 only', async () => {
    const answer = await server.get('/openapi/v2', { Accept: 'application/json' });
    const text = await answer.text();
    const document = JSON.parse(text) as {
      swagger: string;
      paths: Record<string, { patch?: { consumes: string[]; parameters: { name: string; in: string }[] } }>;
      definitions: Record<string, OpenApiSchema & { properties: Record<string, OpenApiSchema> }>;
    };
    expect(document.swagger).toBe('2.0');
    expect(Object.keys(document.paths)).toHaveLength(Object.keys(things.paths).length + Object.keys(core.paths).length);
    expect(text).not.toContain('#/components');
    expect(text).not.toMatch(/"(allOf|oneOf|nullable)":/);
    const patch = document.paths['/apis/example.com/v1/namespaces/{namespace}/things/{name}']?.patch;
    expect(patch?.consumes).toContain('application/strategic-merge-patch+json');
    expect(patch?.parameters[0]).toMatchObject({
      name: 'body',
      in: 'body',
      required: true,
      schema: { $ref: expect.stringMatching(/^#\/definitions\//) as string },
    });
    expect(document.definitions['com.example.v1.Thing']?.properties['spec']?.properties?.['part']).toEqual({
      description: 'a part',
      $ref: '#/definitions/com.example.v1.Part',
    });
    expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
    const etag = answer.headers.get('etag') ?? '';
    expect((await server.get('/openapi/v2', { 'If-None-Match': etag })).status).toBe(304);
  });

  it('lists no keys of maps that may have others: kubectl would refuse those', async () => {
    const { definitions } = (await (await server.get('/openapi/v2')).json()) as { definitions: Record<string, object> };
    expect(definitions['com.example.v1.Amounts']).toEqual({
      type: 'object',
      additionalProperties: { type: 'integer' },
    });
  });

  it('lists the properties of objects that keep unknown fields: tools find there which lists merge', async () => {
    const { definitions } = (await (await server.get('/openapi/v2')).json()) as { definitions: object };
    expect(definitions).toMatchObject({
      'com.example.v1.Open': {
        properties: { listed: { type: 'string' } },
        'x-kubernetes-preserve-unknown-fields': true,
      },
    });
  });

  const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
  const askedByKubectl = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

  it.each([protobuf, askedByKubectl])('is available as %s, with all definitions of the JSON form', async (accept) => {
    const json = (await (await server.get('/openapi/v2')).json()) as { definitions: object };
    const answer = await server.get('/openapi/v2', { Accept: accept });
    expect(answer.headers.get('content-type')).toBe(protobuf);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const definitions = fieldsOf(bytes, 9).flatMap((field) => fieldsOf(field, 1));
    const names = definitions.flatMap((definition) => fieldsOf(definition, 1)).map(String);
    expect(names).toEqual(Object.keys(json.definitions));
    expect(names).toContain('com.example.v1.Thing');
  });

  it('has an ETag for each form', async () => {
    const json = (await server.get('/openapi/v2')).headers.get('etag') ?? '';
    const etag = (await server.get('/openapi/v2', { Accept: protobuf })).headers.get('etag') ?? '';
    expect(etag).not.toBe(json);
    const again = await server.get('/openapi/v2', { Accept: protobuf, 'If-None-Match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await server.get('/openapi/v2', { Accept: protobuf, 'If-None-Match': json })).status).toBe(200);
  });

  it.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    [`application/json;q=0.1, ${askedByKubectl};q=0.9`, protobuf],
    [`text/html, ${protobuf}, application/json`, protobuf],
  ])('is sent for Accept: %s as %s', async (accept, contentType) => {
    expect((await server.get('/openapi/v2', { Accept: accept })).headers.get('content-type')).toBe(contentType);
  });

  it('is not available in other forms: 406 with the accepted media types', async () => {
    const answer = await server.get('/openapi/v2', { Accept: 'application/vnd.kubernetes.protobuf' });
    const status = (await answer.json()) as { reason: string; message: string };
    expect([answer.status, status.reason]).toEqual([406, 'NotAcceptable']);
    expect(status.message).toContain(`application/json, ${protobuf}`);
  });
});
