/** POST, PUT and DELETE of one object. */
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { Status } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { inTurn } from '../../runtime/steps.ts';
import { pause } from '../../runtime/turns.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../exchange.ts';
import { bodyFormat } from '../decoding/decode.ts';
import { hasProtobufForm } from '../decoding/protobuf.ts';
import { negotiated, sendObject, sendValue } from './answer.ts';
import { withDistinctOwners } from './canonical-metadata.ts';
import type { DeleteResult, ResourceRegistry } from './contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { checkName, decodeObject, type Expected } from './decode-object.ts';
import { parseDeleteOptions } from './delete-options.ts';
import { parseWriteOptions, type WriteQuery } from './write-options.ts';

const whole = { table: true, partial: true };

/** The body of a POST or PUT as an object of the expected kind. @throws StatusError 400, 413 or 415 */
export async function readObject(exchange: Exchange, expected: Expected, options: WriteQuery): Promise<KubeObject> {
  const protobuf = hasProtobufForm(expected.schema.name);
  const format = bodyFormat(exchange.request.headers['content-type'], { protobuf });
  const bytes = await readBody(exchange);
  const decoded = await inTurn(
    decodeObject(expected, { bytes, format }, options.fieldValidation, exchange.warn),
    exchange,
  );
  await pause(exchange);
  const object = withDistinctOwners(decoded, exchange.warn, false);
  exchange.audit?.requestObject(object);
  await pause(exchange);
  return object;
}

/** POST: creates the object and answers 201. A name in the path must be the object's name. */
export async function serveCreate<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  { namespace, name }: NamespacedName,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, whole);
  const options = parseWriteOptions(exchange.info.query, 'CreateOptions');
  const { definition } = registry;
  const object = await readObject(exchange, definition, options);
  if (name !== '') {
    object.metadata = { name, ...object.metadata };
    checkName({ ...object.metadata }, name, namespace);
  }
  const cached = await registry.create(exchange, namespace, object as T, options);
  await sendObject(exchange, definition, form, { status: 201, cached, clock });
}

/** PUT of an object or its status; 201 if it was created. A uid in the object is a precondition. */
export async function serveUpdate<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  clock: Clock,
  subresource?: 'status',
): Promise<void> {
  const form = negotiated(exchange, whole);
  const options = parseWriteOptions(exchange.info.query, 'UpdateOptions');
  const object = await readObject(exchange, registry.definition, options);
  checkName({ ...object.metadata }, target.name, target.namespace);
  const { uid } = object.metadata;
  const cached = await registry.update(exchange, target, () => object as T, {
    ...options,
    ...(subresource === undefined ? {} : { subresource }),
    ...(uid === undefined || uid === '' ? {} : { preconditions: { uid } }),
  });
  await sendObject(exchange, registry.definition, form, { status: cached.created ? 201 : 200, cached, clock });
}

/** DELETE of one object; answers with a Status if it is gone, else with the object. */
export async function serveDelete<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, whole);
  const body = await readBody(exchange);
  exchange.audit?.requestBody(body, exchange.request.headers['content-type']);
  const options = parseDeleteOptions(exchange.info.query, body, exchange.request.headers['content-type']);
  const { definition } = registry;
  const result = await registry.delete(exchange, target, options);
  if (result.gone) {
    const plain = { ...form, representation: { as: 'object' as const } };
    await sendValue(exchange, plain, { status: 200, value: deletedStatus(definition, target, result), clock });
    return;
  }
  // 202 means: it will be deleted after its dependents. Source: k8s.io/apiserver/pkg/endpoints/handlers/delete.go
  const status = options.orphanDependents === false ? 202 : 200;
  await sendObject(exchange, definition, form, { status, cached: result.object, clock });
}

function deletedStatus<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  { name }: NamespacedName,
  { uid }: DeleteResult<T>,
): Status {
  const { group, plural: kind } = definition;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind, uid },
  };
}
