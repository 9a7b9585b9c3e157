/** PATCH of an object, its status, or another of its representations. */
import { invalid } from '../../meta/field-error.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { inTurn } from '../../runtime/steps.ts';
import { pause } from '../../runtime/turns.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../exchange.ts';
import { duplicateKeys } from '../decoding/json-duplicates.ts';
import { isApplyPatch, parsePatchSteps, patchMediaType, type Patch } from '../patch/index.ts';
import { negotiated, sendObject } from './answer.ts';
import { withDistinctOwners } from './canonical-metadata.ts';
import type { ResourceRegistry } from './contract.ts';
import { checkPatched, unknownFieldErrors, type Expected } from './decode-object.ts';
import { found } from './preconditions.ts';
import { serveApply } from './serve-apply.ts';
import { parseWriteOptions, type WriteQuery } from './write-options.ts';

/**
 * Applies the patch in the body, and answers with the object.
 * @throws StatusError as readPatch and ResourceRegistry.update
 */
export async function servePatch<T extends KubeObject>(
  exchange: Exchange,
  registry: ResourceRegistry<T>,
  target: NamespacedName,
  clock: Clock,
  subresource?: 'status',
): Promise<void> {
  if (isApplyPatch(exchange.request.headers['content-type'])) {
    return serveApply(exchange, registry, target, clock, subresource);
  }
  // Checked first, because the allowed options depend on it.
  patchMediaType(exchange.request.headers['content-type']);
  const form = negotiated(exchange, { table: true, partial: true });
  const options = parseWriteOptions(exchange.info.query, 'PatchOptions');
  const { definition } = registry;
  const patch = await readPatch(exchange, definition, target, options);
  const cached = await registry.update(
    exchange,
    target,
    async (current) => (await patch(found(definition, target, current))) as T,
    {
      ...options,
      ...(subresource === undefined ? {} : { subresource }),
    },
  );
  await sendObject(exchange, definition, form, { status: 200, cached, clock });
}

/**
 * Reads the body as a function from the current object to the patched one; after a lost race it may be applied again.
 * Field validation covers repeated and unknown fields of the patch, and unknown fields that it adds to the object.
 * @throws StatusError 400, 413 or 415; the function: 400 or 422
 */
export async function readPatch(
  exchange: Exchange,
  expected: Expected,
  target: NamespacedName,
  options: WriteQuery,
): Promise<(current: object) => Promise<KubeObject>> {
  const body = await readBody(exchange);
  exchange.audit?.requestBody(body, exchange.request.headers['content-type']);
  const patch = await inTurn(parsePatchSteps(exchange.request.headers['content-type'], body), exchange);
  const { fieldValidation } = options;
  await pause(exchange);
  const own = fieldValidation === 'Ignore' ? [] : [...duplicates(patch, body), ...patch.strictErrors];
  return async (current) => {
    const patched = await inTurn(patch.applySteps(current, expected.schema), exchange);
    await pause(exchange);
    if (fieldValidation !== 'Ignore') {
      // In the order of a patched object's keys, which kube-apiserver sorts.
      const problems = [...own, ...unknownFieldErrors(expected.schema, patched, current).toSorted()];
      if (problems.length > 0 && fieldValidation === 'Strict') throw strictError(expected, target.name, body, problems);
      for (const problem of problems) exchange.warn(problem);
    }
    await pause(exchange);
    return withDistinctOwners(checkPatched(expected, target, patched, current), exchange.warn, true);
  };
}

function duplicates({ mediaType }: Patch, body: Buffer): string[] {
  const prefix = mediaType === 'application/json-patch+json' ? 'json patch duplicate field' : 'duplicate field';
  return duplicateKeys(body.toString('utf8')).map((path) => `${prefix} "${path}"`);
}

function strictError(expected: Expected, name: string, body: Buffer, problems: readonly string[]): Error {
  const detail = `strict decoding error: ${problems.slice(0, 100).join(', ')}`;
  return invalidObject(expected, name, [invalid('patch', body.toString('utf8').slice(0, 4096), detail)]);
}
