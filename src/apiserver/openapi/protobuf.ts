/**
 * A Swagger 2.0 document as protobuf, the one form of /openapi/v2 that kubectl reads: it validates lists of objects by
 * it. The tables are of what API servers of Kubernetes have in their documents; other keys of Swagger 2.0 are left out.
 * Source: gnostic-models openapiv2/OpenAPIv2.proto
 */
import { allAtOnce, type Steps } from '../../runtime/steps.ts';
import {
  anything,
  bool,
  choice,
  double,
  externalDocs,
  int64,
  mapOf,
  message,
  referable,
  own,
  text,
  wrappedList,
} from './protobuf-form.ts';
import type { Form, Shape } from './protobuf-form.ts';

/** The message openapi.v2.Document. */
export function encodeSwagger(swagger: object): Buffer {
  return allAtOnce(encodeSwaggerSteps(swagger));
}

/** As encodeSwagger, in steps. */
export function* encodeSwaggerSteps(swagger: object): Steps<Buffer> {
  return (yield* document.steps(swagger)) ?? Buffer.alloc(0);
}

const orReference = referable(message({ $ref: [1, text], description: [2, text] }));

/** Schemas contain schemas. */
const schema: Form = { wireType: 2, payload: (value) => schemaMessage.payload(value) };

const schemaMessage = message(
  {
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, anything],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, bool],
    minimum: [9, double],
    exclusiveMinimum: [10, bool],
    maxLength: [11, int64],
    minLength: [12, int64],
    pattern: [13, text],
    maxItems: [14, int64],
    minItems: [15, int64],
    uniqueItems: [16, bool],
    maxProperties: [17, int64],
    minProperties: [18, int64],
    required: [19, text, 'list'],
    enum: [20, anything, 'list'],
    additionalProperties: [21, choice((value) => (typeof value === 'boolean' ? [2, bool] : [1, schema]))],
    type: [22, wrappedList(text)],
    items: [23, wrappedList(schema)],
    allOf: [24, schema, 'list'],
    properties: [25, mapOf(schema)],
    discriminator: [26, text],
    readOnly: [27, bool],
    externalDocs: [29, externalDocs],
    example: [30, anything],
  },
  { extensions: 31 },
);

const bodyParameter = message(
  {
    description: [1, text],
    name: [2, text],
    in: [3, text],
    required: [4, bool],
    schema: [5, schema],
  },
  { extensions: 6 },
);

/** From its type on, a parameter of the query has its fields one number later than one of the path. */
function simpleParameter(type: number): Form {
  const shape: Shape = {
    required: [1, bool],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [type, text],
    format: [type + 1, text],
    default: [type + 4, anything],
    maximum: [type + 5, double],
    minimum: [type + 7, double],
    pattern: [type + 11, text],
    uniqueItems: [type + 14, bool],
    enum: [type + 15, anything, 'list'],
  };
  return message(shape, { extensions: type + 17 });
}

const headerParameter = simpleParameter(5);
const pathParameter = simpleParameter(5);
const queryParameter = simpleParameter(6);

const simple = choice((value) => {
  switch (own(value, 'in')) {
    case 'header':
      return [1, headerParameter];
    case 'path':
      return [4, pathParameter];
    default:
      return [3, queryParameter];
  }
});

const parameter = choice((value) => (own(value, 'in') === 'body' ? [1, bodyParameter] : [2, simple]));

const response = message({ description: [1, text], schema: [2, choice(() => [1, schema])] }, { extensions: 5 });

const responses = message({}, { entries: [1, orReference(response)], extensions: 2 });

const security = mapOf(wrappedList(text));

const operation = message(
  {
    tags: [1, text, 'list'],
    summary: [2, text],
    description: [3, text],
    externalDocs: [4, externalDocs],
    operationId: [5, text],
    produces: [6, text, 'list'],
    consumes: [7, text, 'list'],
    parameters: [8, orReference(parameter), 'list'],
    responses: [9, responses],
    schemes: [10, text, 'list'],
    deprecated: [11, bool],
    security: [12, security, 'list'],
  },
  { extensions: 13 },
);

const pathItem = message(
  {
    $ref: [1, text],
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, orReference(parameter), 'list'],
  },
  { extensions: 10 },
);

const info = message(
  { title: [1, text], version: [2, text], description: [3, text], termsOfService: [4, text] },
  { extensions: 7 },
);

const apiKey = message({ type: [1, text], name: [2, text], in: [3, text], description: [4, text] }, { extensions: 5 });

const tag = message({ name: [1, text], description: [2, text], externalDocs: [3, externalDocs] }, { extensions: 4 });

const document = message(
  {
    swagger: [1, text],
    info: [2, info],
    host: [3, text],
    basePath: [4, text],
    schemes: [5, text, 'list'],
    consumes: [6, text, 'list'],
    produces: [7, text, 'list'],
    paths: [8, message({}, { extensions: 1, entries: [2, pathItem] })],
    definitions: [9, mapOf(schema)],
    parameters: [10, mapOf(parameter)],
    security: [12, security, 'list'],
    securityDefinitions: [13, mapOf(choice(() => [2, apiKey]))],
    tags: [14, tag, 'list'],
    externalDocs: [15, externalDocs],
  },
  { extensions: 16 },
);
