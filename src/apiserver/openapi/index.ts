/** /openapi/v2 and /openapi/v3: what kubectl explain, kubectl apply and generated clients read. */
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { OpenApiInfo } from './contract.ts';
import { createDocument, documentNames } from './documents.ts';
import { rootPath } from './paths.ts';
import { encodeSwagger } from './protobuf.ts';
import { hashed, jsonForm, sendDocument } from './send.ts';
import type { Bytes, DocumentForm } from './send.ts';
import { toSwagger } from './swagger.ts';

export type { OpenApiInfo } from './contract.ts';

const v3 = '/openapi/v3';
/** A URL that names the content by its hash never changes its content. */
const immutable = 'public, immutable, max-age=31536000';
const protobuf = 'com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** Not a media type by RFC 6838, but what kubectl asks for. Source: kube-openapi pkg/handler */
const protobufDeprecated = 'com.github.proto-openapi.spec.v2@v1.0+protobuf';

/**
 * The handler of a path, or undefined for other paths. Documents are made on first use and kept as bytes. v3 is JSON
 * only; v2 is also protobuf, in which kubectl looks for the schema of a v1 List and its items.
 * @param schemas of all served kinds, and of all that they refer to
 */
export function createOpenApiHandlers(
  definitions: readonly ResourceDefinition[],
  schemas: OpenApiSchemas,
  info: OpenApiInfo,
): (path: string) => Handler | undefined {
  const names = documentNames(definitions);
  const document = (name: string): ReturnType<typeof createDocument> => {
    const members = definitions.filter((definition) => rootPath(definition) === `/${name}`);
    return createDocument(members, schemas, info);
  };
  const documents = new Map(names.map((name) => [`${v3}/${name}`, once(() => toBytes(document(name)))]));
  const index = once(() => {
    const paths = names.map((name) => {
      const hash = documents.get(`${v3}/${name}`)?.().hash ?? '';
      return [name, { serverRelativeURL: `${v3}/${name}?hash=${hash}` }] as const;
    });
    return toBytes({ paths: Object.fromEntries(paths) });
  });
  const swagger = (): object => toSwagger(names.map(document), info);
  const v2 = [jsonForm(once(() => toBytes(swagger()))), protobufForm(once(() => hashed(encodeSwagger(swagger()))))];
  const handlers = new Map<string, Handler>([
    ['/openapi/v2', (exchange) => sendDocument(exchange, v2)],
    [v3, (exchange) => sendIndex(exchange, index())],
    ...[...documents].map(([path, bytes]): [string, Handler] => [
      path,
      (exchange) => sendHashed(exchange, path, bytes),
    ]),
  ]);
  return (path) => handlers.get(path.endsWith('/') ? path.slice(0, -1) : path);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function toBytes(value: object): Bytes {
  return hashed(Buffer.from(JSON.stringify(value)));
}

function protobufForm(bytes: () => Bytes): DocumentForm {
  return { contentType: `application/${protobuf}`, subtypes: [protobuf, protobufDeprecated], bytes };
}

/** JSON sent as text/plain, as kube-apiserver does. */
async function sendIndex(exchange: Exchange, { body }: Bytes): Promise<void> {
  const contentType = 'text/plain; charset=utf-8';
  await sendBody(exchange, { status: 200, contentType, body, headers: { 'Cache-Control': 'no-cache' } });
}

async function sendHashed(exchange: Exchange, path: string, make: () => Bytes): Promise<void> {
  const asked = exchange.info.query.get('hash') ?? '';
  const { hash } = make();
  if (asked !== '' && asked !== hash) {
    const headers = { Location: `${path}?hash=${hash}`, ETag: `"${hash}"`, Vary: 'Accept' };
    await sendBody(exchange, { status: 301, contentType: 'application/json', body: Buffer.alloc(0), headers });
    return;
  }
  await sendDocument(exchange, [jsonForm(make)], asked === '' ? undefined : immutable);
}
