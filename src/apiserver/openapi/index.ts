/** /openapi/v2 and /openapi/v3: what kubectl explain, kubectl apply and generated clients read. */
import { notAcceptable } from '../../meta/status.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { Exchange, Handler } from '../http/contract.ts';
import { sendBody } from '../http/send.ts';
import { asksForNoKind, hasCurrent, hashOf, parseAccept } from '../negotiation/index.ts';
import type { ResourceDefinition } from '../registry/contract.ts';
import type { OpenApiInfo } from './contract.ts';
import { createDocument, documentNames } from './documents.ts';
import { rootPath } from './paths.ts';
import { toSwagger } from './swagger.ts';

export type { OpenApiInfo } from './contract.ts';

interface Bytes {
  readonly body: Buffer;
  readonly hash: string;
}

const v3 = '/openapi/v3';
/** A URL that names the content by its hash never changes its content. */
const immutable = 'public, immutable, max-age=31536000';
const empty = Buffer.alloc(0);

/**
 * The handler of a path, or undefined where it is none of these. Documents are made when first asked for, and kept as
 * bytes. They are JSON only: the protobuf form, which kubectl tries for v2, is refused with 406, and kubectl goes by v3.
 * @param schemas of all kinds served, and of what they refer to
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
  const swagger = once(() => toBytes(toSwagger(names.map(document), info)));
  const handlers = new Map<string, Handler>([
    ['/openapi/v2', (exchange) => sendDocument(exchange, swagger, 'no-cache, private')],
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
  const body = Buffer.from(JSON.stringify(value));
  return { body, hash: hashOf(body) };
}

/** As kube-apiserver does, JSON under the name of plain text. */
async function sendIndex(exchange: Exchange, { body }: Bytes): Promise<void> {
  const contentType = 'text/plain; charset=utf-8';
  await sendBody(exchange, { status: 200, contentType, body, headers: { 'Cache-Control': 'no-cache' } });
}

async function sendHashed(exchange: Exchange, path: string, make: () => Bytes): Promise<void> {
  const asked = exchange.info.query.get('hash') ?? '';
  const { hash } = make();
  if (asked !== '' && asked !== hash) {
    const headers = { Location: `${path}?hash=${hash}`, ETag: `"${hash}"`, Vary: 'Accept' };
    await sendBody(exchange, { status: 301, contentType: 'application/json', body: empty, headers });
    return;
  }
  await sendDocument(exchange, make, asked === '' ? 'no-cache, private' : immutable);
}

async function sendDocument(exchange: Exchange, make: () => Bytes, cacheControl: string): Promise<void> {
  const { headers: asked } = exchange.request;
  refuseOtherForms(asked.accept);
  const { body, hash } = make();
  const headers = { ETag: `"${hash}"`, Vary: 'Accept, Accept-Encoding', 'Cache-Control': cacheControl };
  const current = hasCurrent(asked['if-none-match'], hash);
  const answer = current ? { status: 304, body: empty } : { status: 200, body };
  await sendBody(exchange, { ...answer, contentType: 'application/json', headers });
}

function refuseOtherForms(accept: string | undefined): void {
  if (accept === undefined || accept === '') return;
  const takesJson = parseAccept(accept).some(
    (clause) =>
      asksForNoKind(clause) &&
      (clause.type === '*' || (clause.type === 'application' && ['*', 'json'].includes(clause.subtype))),
  );
  if (!takesJson) throw notAcceptable(['application/json']);
}
