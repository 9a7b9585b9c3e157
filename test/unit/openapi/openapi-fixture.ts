/** A server of OpenAPI documents. */
import { afterAll, beforeAll } from 'vitest';
import { eachField } from '../../../src/apiserver/decoding/protobuf-wire.ts';
import { createOpenApiHandlers } from '../../../src/apiserver/openapi/index.ts';
import type { Document } from '../../../src/apiserver/openapi/contract.ts';
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import { everything } from '../discovery/definitions.ts';
import { serve, type Served } from '../discovery/serve.ts';
import { schemas } from '../schema/thing.ts';

export const info = { title: 'Things', version: '1' };
const withInternals: OpenApiSchemas = {
  ...schemas,
  'com.example.v1.Part': {
    ...schemas['com.example.v1.Part'],
    'x-internal-names': { plural: 'parts' },
    properties: {
      ...schemas['com.example.v1.Part']?.properties,
      state: {
        allOf: [{ $ref: '#/components/schemas/com.example.v1.State' }],
        description: 'how it is',
        nullable: true,
      },
      states: { type: 'array', items: { $ref: '#/components/schemas/com.example.v1.State' } },
      open: { $ref: '#/components/schemas/com.example.v1.Open' },
      amounts: { $ref: '#/components/schemas/com.example.v1.Amounts' },
    },
  },
  'com.example.v1.Open': {
    ...{ type: 'object', description: 'anything', required: ['listed'], properties: { listed: { type: 'string' } } },
    'x-kubernetes-preserve-unknown-fields': true,
  },
  'com.example.v1.Amounts': {
    ...{ type: 'object', required: ['listed'], properties: { listed: { type: 'integer' } } },
    additionalProperties: { type: 'integer' },
  },
  'com.example.v1.State': { type: 'string', description: 'State is one of two.', enum: ['good', 'bad'] },
};
export let server: Served;
export let index: { paths: Record<string, { serverRelativeURL: string }> };
export let things: Document;
export let core: Document;

/** The contents of all fields of this number. */
export function fieldsOf(message: Buffer, number: number): Buffer[] {
  const found: Buffer[] = [];
  eachField(message, (one, value) => {
    if (one === number && Buffer.isBuffer(value)) found.push(value);
  });
  return found;
}

/** Starts the server for the tests of the file that calls this. */
export function withDocuments(): void {
  beforeAll(async () => {
    server = await serve(createOpenApiHandlers(everything, withInternals, info));
    index = (await (await server.get('/openapi/v3')).json()) as typeof index;
    things = (await (await server.get('/openapi/v3/apis/example.com/v1')).json()) as Document;
    core = (await (await server.get('/openapi/v3/api/v1')).json()) as Document;
  });
  afterAll(() => {
    server.close();
  });
}
