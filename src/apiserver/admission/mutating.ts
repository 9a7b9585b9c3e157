/** Mutating webhooks, one after the other. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/mutating */
import { deepEqual, isJsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { isDeeperThan, maxDepth } from '../../schema/depth.ts';
import { applyJsonPatch, parseOperations, type Operation } from '../patch/json-patch.ts';
import { auditPrefix, consult, messageOf, type ConsultDependencies } from './consult.ts';
import type { AdmissionAttributes } from './contract.ts';
import { attributesIn, backFrom, defaultedIn } from './equivalents.ts';
import { CallFailure, toldInternalError } from './failures.ts';
import type { AdmissionResponse } from './review.ts';
import { selectedVersion, type SelectionDependencies } from './selection.ts';
import type { Webhook } from './webhook.ts';

type MutatingDependencies = ConsultDependencies & SelectionDependencies;

/** What others do between the first and the second round of webhooks. @returns the object after it */
export type Again = (attributes: AdmissionAttributes) => Promise<KubeObject | undefined>;

/** See Admission.mutate. */
export async function mutateBy(
  dependencies: MutatingDependencies,
  webhooks: readonly Webhook[],
  attributes: AdmissionAttributes,
  { defaulted, again }: { readonly defaulted: (object: KubeObject) => KubeObject; readonly again?: Again | undefined },
): Promise<KubeObject | undefined> {
  const invocations = new Invocations();
  let current = attributes;
  for (const round of [0, 1]) {
    const object = round === 0 ? undefined : await again?.(current);
    if (object !== undefined && !deepEqual(object, current.object)) {
      invocations.changed();
      current = { ...current, object };
    }
    for (const webhook of webhooks) {
      if (round > 0 && !invocations.isDueAgain(webhook)) continue;
      const version = await selectedVersion(dependencies, 'mutating', webhook, current);
      if (version === undefined) continue;
      const shown = attributesIn(version, current);
      const next = await mutateOnce(dependencies, webhook, shown, round);
      const hasChanged = next !== undefined && !deepEqual(next, shown.object);
      if (next !== undefined)
        current = { ...current, object: backFrom(version, defaultedIn(version, next, defaulted)) };
      invocations.record(webhook, hasChanged);
    }
  }
  return current.object;
}

/** Decides which webhooks are called again because another one changed the object after them. */
class Invocations {
  /** Webhooks with reinvocationPolicy IfNeeded called since the last change. */
  readonly #earlier = new Set<Webhook>();
  readonly #due = new Set<Webhook>();

  isDueAgain(webhook: Webhook): boolean {
    return this.#due.has(webhook);
  }

  /** Somebody has changed the object. */
  changed(): void {
    for (const one of this.#earlier) this.#due.add(one);
    this.#earlier.clear();
  }

  record(webhook: Webhook, hasChanged: boolean): void {
    if (hasChanged) this.changed();
    // A webhook is not called again because of its own change.
    if (webhook.spec.reinvocationPolicy === 'IfNeeded') this.#earlier.add(webhook);
  }
}

/** @returns the patched object; undefined if the webhook has no patch, or failed with failurePolicy Ignore */
async function mutateOnce(
  dependencies: MutatingDependencies,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  round: number,
): Promise<KubeObject | undefined> {
  const { configuration, index, spec } = webhook;
  const { audit } = attributes.context;
  const position = `round_${round}_index_${index}`;
  const about = { configuration, webhook: spec.name };
  let isMutated = false;
  try {
    return await consult(dependencies, { type: 'mutating', webhook, attributes, position }, (response) => {
      const operations = operationsOf(spec.name, response);
      if (operations.length === 0) return undefined;
      const patched = patchedBy(spec.name, operations, attributes.object);
      isMutated = !deepEqual(patched, attributes.object);
      // parseOperations has checked that it is a list of objects.
      const document = JSON.parse(response.patch ?? '[]') as object[];
      audit?.patched(`patch.webhook.admission.k8s.io/${position}`, about, document);
      return patched;
    });
  } finally {
    audit?.remark(`${auditPrefix.mutating}${position}`, JSON.stringify({ ...about, mutated: isMutated }));
  }
}

/** @throws CallFailure */
function operationsOf(name: string, { patch, patchType }: AdmissionResponse): readonly Operation[] {
  if (patch === undefined) return [];
  let operations: Operation[];
  try {
    const document: unknown = JSON.parse(patch);
    operations = document === null ? [] : parseOperations(document);
  } catch (cause) {
    const why = `received undecodable patch in webhook response: ${messageOf(cause)}`;
    throw new CallFailure(name, why, 503, { cause });
  }
  if (operations.length > 0 && patchType !== 'JSONPatch') {
    throw new CallFailure(name, `unsupported patch type ${JSON.stringify(patchType ?? '')}`, 400);
  }
  return operations;
}

/** @throws StatusError 500 if there is no object to patch, or the patch cannot be applied */
function patchedBy(name: string, operations: readonly Operation[], object: KubeObject | undefined): KubeObject {
  if (object === undefined) {
    const why = 'attempted to modify the object, which is not supported for this operation';
    throw toldInternalError(new Error(`admission webhook ${JSON.stringify(name)} ${why}`));
  }
  let patched: object;
  try {
    patched = applyJsonPatch(operations, object);
  } catch (error) {
    throw toldInternalError(error instanceof Error ? error : new Error(String(error)));
  }
  if (isDeeperThan(patched, maxDepth))
    throw toldInternalError(new Error(`the object is nested more than ${maxDepth} levels deep`));
  const { metadata } = patched as { metadata?: unknown };
  return { ...(patched as KubeObject), metadata: isJsonObject(metadata) ? metadata : {} };
}
