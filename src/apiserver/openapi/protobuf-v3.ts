/**
 * An OpenAPI 3.0 document as protobuf, which Go clients ask for first. The tables hold what API servers of Kubernetes
 * have in their documents; other keys of OpenAPI 3.0 are left out. Source: gnostic-models openapiv3/OpenAPIv3.proto
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
  text,
} from './protobuf-form.ts';
import type { Form } from './protobuf-form.ts';

/** The message openapi.v3.Document. */
export function encodeDocument(openApi: object): Buffer {
  return allAtOnce(encodeDocumentSteps(openApi));
}

/** As encodeDocument, in steps. */
export function* encodeDocumentSteps(openApi: object): Steps<Buffer> {
  return (yield* document.steps(openApi)) ?? Buffer.alloc(0);
}

const orReference = referable(message({ $ref: [1, text], summary: [2, text], description: [3, text] }));

/** The message for plain values; defaults of another type are written as one without content. */
const defaultValue: Form = {
  wireType: 2,
  payload: (value) => (value === undefined ? undefined : (plainDefault.payload(value) ?? Buffer.alloc(0))),
};

const plainDefault = choice((value) => {
  switch (typeof value) {
    case 'number':
      return [1, double];
    case 'boolean':
      return [2, bool];
    default:
      return [3, text];
  }
});

/** Schemas contain schemas. */
const schema: Form = { wireType: 2, payload: (value) => schemaMessage.payload(value) };
const schemaOrReference = orReference(schema);

const schemaMessage = message(
  {
    nullable: [1, bool],
    readOnly: [3, bool],
    writeOnly: [4, bool],
    externalDocs: [6, externalDocs],
    example: [7, anything],
    deprecated: [8, bool],
    title: [9, text],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, bool],
    minimum: [13, double],
    exclusiveMinimum: [14, bool],
    maxLength: [15, int64],
    minLength: [16, int64],
    pattern: [17, text],
    maxItems: [18, int64],
    minItems: [19, int64],
    uniqueItems: [20, bool],
    maxProperties: [21, int64],
    minProperties: [22, int64],
    required: [23, text, 'list'],
    enum: [24, anything, 'list'],
    type: [25, text],
    allOf: [26, schemaOrReference, 'list'],
    oneOf: [27, schemaOrReference, 'list'],
    anyOf: [28, schemaOrReference, 'list'],
    not: [29, schema],
    items: [30, choice(() => [1, schemaOrReference])],
    properties: [31, mapOf(schemaOrReference)],
    additionalProperties: [32, choice((value) => (typeof value === 'boolean' ? [2, bool] : [1, schemaOrReference]))],
    default: [33, defaultValue],
    description: [34, text],
    format: [35, text],
  },
  { extensions: 36 },
);

const mediaTypes = mapOf(message({ schema: [1, schemaOrReference] }, { extensions: 5 }));

const parameter = orReference(
  message(
    {
      name: [1, text],
      in: [2, text],
      description: [3, text],
      required: [4, bool],
      deprecated: [5, bool],
      schema: [10, schemaOrReference],
    },
    { extensions: 14 },
  ),
);

const requestBody = orReference(
  message({ description: [1, text], content: [2, mediaTypes], required: [3, bool] }, { extensions: 4 }),
);

const response = orReference(message({ description: [1, text], content: [3, mediaTypes] }, { extensions: 5 }));

const operation = message(
  {
    tags: [1, text, 'list'],
    summary: [2, text],
    description: [3, text],
    externalDocs: [4, externalDocs],
    operationId: [5, text],
    parameters: [6, parameter, 'list'],
    requestBody: [7, requestBody],
    responses: [8, message({ default: [1, response] }, { entries: [2, response], extensions: 3 })],
    deprecated: [10, bool],
  },
  { extensions: 13 },
);

const pathItem = message(
  {
    $ref: [1, text],
    summary: [2, text],
    description: [3, text],
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    trace: [11, operation],
    parameters: [13, parameter, 'list'],
  },
  { extensions: 14 },
);

const info = message(
  { title: [1, text], description: [2, text], termsOfService: [3, text], version: [6, text] },
  { extensions: 7 },
);

const document = message(
  {
    openapi: [1, text],
    info: [2, info],
    paths: [4, message({}, { entries: [1, pathItem], extensions: 2 })],
    components: [5, message({ schemas: [1, mapOf(schemaOrReference)] }, { extensions: 10 })],
    externalDocs: [8, externalDocs],
  },
  { extensions: 9 },
);
