/** /openapi/v2 and /openapi/v3: what kubectl explain, kubectl apply and generated clients read. */
import { inTurn, type Steps } from '../../runtime/steps.ts';
import { unhurried } from '../../runtime/turns.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { Document, OpenApiInfo } from './contract.ts';
import { createDocument, documentNames } from './documents.ts';
import { rootPath } from './paths.ts';
import { encodeDocumentSteps } from './protobuf-v3.ts';
import { encodeSwaggerSteps } from './protobuf.ts';
import { hashed, jsonForm, sendDocument } from './send.ts';
import type { Bytes, DocumentForm } from './send.ts';
import { toSwagger } from './swagger.ts';

export type { OpenApiInfo } from './contract.ts';
export { rootPath } from './paths.ts';

const v3 = '/openapi/v3';
/** A URL that names the content by its hash never changes its content. */
const immutable = 'public, immutable, max-age=31536000';
/** Both subtypes of a version; the second is not one by RFC 6838, but what clients ask for. Source: kube-openapi */
const protobufSubtypes = (version: 'v2' | 'v3'): [string, string] => [
  `com.github.proto-openapi.spec.${version}.v1.0+protobuf`,
  `com.github.proto-openapi.spec.${version}@v1.0+protobuf`,
];

/**
 * The handler of a path, or undefined for other paths. Documents are made in turns on first use and kept as
 * bytes, as JSON and as protobuf.
 * @param schemas of all served kinds, and of all that they refer to
 */
export function createOpenApiHandlers(
  definitions: readonly ResourceDefinition[],
  schemas: OpenApiSchemas,
  info: OpenApiInfo,
): (path: string) => Handler | undefined {
  const names = documentNames(definitions);
  const document = (name: string): Steps<Document> => {
    const members = definitions.filter((definition) => rootPath(definition) === `/${name}`);
    return createDocument(members, schemas, info);
  };
  const documents = new Map(names.map((name) => [`${v3}/${name}`, formsOf(() => document(name))]));
  const index = once(async (turns) => {
    const paths: Record<string, object> = {};
    for (const name of names) {
      const { hash } = (await documents.get(`${v3}/${name}`)?.json(turns)) ?? { hash: '' };
      paths[name] = { serverRelativeURL: `${v3}/${name}?hash=${hash}` };
    }
    return toBytes({ paths });
  });
  const swagger = function* (): Steps<object> {
    const all: Document[] = [];
    for (const name of names) all.push(yield* document(name));
    return yield* toSwagger(all, info);
  };
  const v2 = [
    jsonForm(onceInSteps(() => asJson(swagger()))),
    protobufForm(
      'v2',
      onceInSteps(() => asProtobuf(swagger(), encodeSwaggerSteps)),
    ),
  ];
  const handlers = new Map<string, Handler>([
    ['/openapi/v2', (exchange) => sendDocument(exchange, v2)],
    [v3, async (exchange) => sendIndex(exchange, await index(exchange.turns))],
    ...[...documents].map(([path, forms]): [string, Handler] => [path, (exchange) => sendHashed(exchange, forms)]),
  ]);
  return (path) => handlers.get(path.endsWith('/') ? path.slice(0, -1) : path);
}

type Making = DocumentForm['bytes'];

/** Made once for all who ask, in turns of the event loop; the work does not end with the request that began it. */
function once(make: Making): Making {
  let made: Promise<Bytes> | undefined;
  return (turns) => {
    if (made !== undefined) return made;
    made = make(turns);
    made.catch(() => (made = undefined));
    return made;
  };
}

function onceInSteps(make: () => Steps<Bytes>): Making {
  return once((turns = unhurried) => inTurn(make(), { turns }));
}

function* asJson(document: Steps<object>): Steps<Bytes> {
  const made = yield* document;
  yield;
  return toBytes(made);
}

function* asProtobuf(document: Steps<object>, encode: (made: object) => Steps<Buffer>): Steps<Bytes> {
  return hashed(yield* encode(yield* document));
}

function toBytes(value: object): Bytes {
  return hashed(Buffer.from(JSON.stringify(value)));
}

function protobufForm(version: 'v2' | 'v3', bytes: Making): DocumentForm {
  const subtypes = protobufSubtypes(version);
  return { contentType: `application/${subtypes[0]}`, subtypes, bytes };
}

/** A document of v3 in both forms. */
interface Forms {
  readonly json: Making;
  readonly protobuf: Making;
}

/** Both forms have the hash of the JSON form, which the index names. */
function formsOf(document: () => Steps<object>): Forms {
  const json = onceInSteps(() => asJson(document()));
  const body = onceInSteps(() => asProtobuf(document(), encodeDocumentSteps));
  const protobuf = once(async (turns) => ({ body: (await body(turns)).body, hash: (await json(turns)).hash }));
  return { json, protobuf };
}

/** JSON sent as text/plain, as kube-apiserver does. */
async function sendIndex(exchange: Exchange, { body }: Bytes): Promise<void> {
  const contentType = 'text/plain; charset=utf-8';
  await sendBody(exchange, { status: 200, contentType, body });
}

/**
 * With its present hash in the URL, a document may be kept for ever. kube-apiserver redirects from another hash to the present
 * one; but where it stands before this server, it takes a redirect for an attack, and answers with 502. So the document itself
 * is sent, not to be kept. Source: k8s.io/kube-openapi/pkg/handler3, k8s.io/apimachinery/pkg/util/proxy
 * (RejectForwardingRedirects)
 */
async function sendHashed(exchange: Exchange, { json, protobuf }: Forms): Promise<void> {
  const isPresent = exchange.info.query.get('hash') === (await json(exchange.turns)).hash;
  await sendDocument(exchange, [jsonForm(json), protobufForm('v3', protobuf)], isPresent ? immutable : undefined);
}
