/**
 * Server-side apply: PATCH with a whole configuration, which is merged by who owns what.
 * Source: k8s.io/apiserver/pkg/endpoints/handlers/patch.go (applyPatcher)
 */
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { badRequest, conflict, unsupportedMediaType } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { inTurn, type Steps } from '../../runtime/steps.ts';
import { pause } from '../../runtime/turns.ts';
import type { FieldManager } from '../apply/index.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../exchange.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { decodeSteps, type DecodedBody } from '../decoding/decode.ts';
import { patchMediaTypes } from '../patch/index.ts';
import { negotiated, sendObject } from './answer.ts';
import { withDistinctOwners } from './canonical-metadata.ts';
import type { ResourceRegistry } from './contract.ts';
import { checkPatched, type Expected } from './decode-object.ts';
import { found } from './preconditions.ts';
import { parseWriteOptions, type WriteQuery } from './write-options.ts';

/**
 * Applies the configuration in the body, and answers with the object: 201 if it did not exist before.
 * @throws StatusError 409 with a cause for each field that another manager owns; as ResourceRegistry.update
 */
export async function serveApply<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  clock: Clock,
  subresource?: 'status',
): Promise<void> {
  const { definition } = registry;
  const form = negotiated(exchange, { table: true, partial: true });
  const options = parseWriteOptions(exchange.info.query, 'PatchOptions', true);
  if (registry.owners === undefined) throw unsupportedMediaType(patchMediaTypes);
  const merge = await readApply(exchange, definition, target, options, registry.owners(subresource));
  const cached = await registry.update(
    exchange,
    target,
    async (current) => {
      if (subresource !== undefined) found(definition, target, current);
      return (await merge(current)) as T;
    },
    { ...options, ownership: 'given', mayCreate: true, ...(subresource === undefined ? {} : { subresource }) },
  );
  await sendObject(exchange, definition, form, { status: cached.created ? 201 : 200, cached, clock });
}

/**
 * Reads the configuration in the body.
 * @param owners of the resource or subresource that is applied to
 * @returns a function that merges it into the current object; after a lost race it may be called again
 * @throws StatusError 400 or 413; the function: as FieldManager.apply, 400 or 422
 */
export async function readApply<T extends KubeObject>(
  exchange: Exchange,
  expected: Expected,
  target: NamespacedName,
  options: WriteQuery,
  owners: FieldManager<T>,
): Promise<(current: T | undefined) => Promise<KubeObject>> {
  const body = await readBody(exchange);
  exchange.audit?.requestBody(body, exchange.request.headers['content-type']);
  const { value, duplicates } = await inTurn(decode(body, options), exchange);
  const configuration = configurationOf(value);
  return async (current) => {
    if (current === undefined) refuseUid(expected, configuration, target.name);
    const merging = owners.applySteps(current, configuration, options.fieldManager ?? '', options.force === true);
    const merged = await inTurn(merging, exchange);
    if (duplicates.length > 0 && options.fieldValidation === 'Strict') {
      throw badRequest(
        `error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`,
      );
    }
    for (const problem of duplicates) exchange.warn(problem);
    await pause(exchange);
    return withDistinctOwners(checkPatched(expected, target, merged, current ?? {}), exchange.warn, false);
  };
}

/** Nothing counts as an empty configuration, of which the field manager says what it lacks. @throws StatusError 400 */
function configurationOf(value: unknown): KubeObject {
  if (value === null || value === undefined) return {} as unknown as KubeObject;
  if (isJsonObject(value)) return value as unknown as KubeObject;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const why = `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding patch: error unmarshaling JSON: while decoding JSON: ${why}`);
}

/** An object that does not exist has no uid. @throws StatusError 409 */
function refuseUid(expected: Expected & { readonly plural?: string }, { metadata }: KubeObject, name: string): void {
  const uid: unknown = isJsonObject(metadata) ? metadata['uid'] : undefined;
  if (typeof uid !== 'string' || uid === '') return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict({ group: expected.group, resource: expected.plural ?? '' }, name, why);
}

/** JSON is YAML as well. @throws StatusError 400 */
function* decode(body: Buffer, { fieldValidation }: WriteQuery): Steps<DecodedBody> {
  try {
    return yield* decodeSteps(body, 'yaml', { findDuplicates: fieldValidation !== 'Ignore' });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`error decoding patch: ${error.message}`, { cause: error });
  }
}
