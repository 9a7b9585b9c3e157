import type { FieldError } from '../../../meta/field-error.ts';
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { badRequest, invalidDetails, StatusError } from '../../../meta/status.ts';
import type { Steps } from '../../../runtime/steps.ts';
import type { Updater } from '../merge/index.ts';
import { TypedError, typedOf, type MergeType, type TypedValue } from '../typed/index.ts';
import type { Applied, Apply, Layer } from './contract.ts';

interface StructuredMerge {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: MergeType;
  readonly updater: Updater;
}

/** The innermost layer: compares and merges by the schema. */
export function structuredMerge({ apiVersion, kind, type, updater }: StructuredMerge): Layer {
  /** A stored list may hold duplicates that an older schema allowed. */
  const lenient = (object: JsonObject): TypedValue => typedOf(object, type, { allowDuplicates: true });

  /** @throws StatusError 500 without a reason, as kube-apiserver answers */
  function readAs<V>(what: string, object: JsonObject, read: () => V): V {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      const message = `failed to ${what} (${named(object, apiVersion, kind)}): ${error.message}`;
      throw new StatusError(500, '', message, undefined, { cause: error });
    }
  }

  function* readInSteps<V>(what: string, object: JsonObject, steps: Steps<V>): Steps<V> {
    for (;;) {
      const step = readAs(what, object, () => steps.next());
      if (step.done === true) return step.value;
      yield;
    }
  }

  function* apply({ live, configuration, managed, manager, force }: Apply): Steps<Applied> {
    if (Array.isArray(metadataOf(configuration)['managedFields'])) {
      throw badRequest('metadata.managedFields must be nil');
    }
    yield;
    const wanted = configured(configuration, { apiVersion, kind, type });
    yield;
    const current = readAs('create typed live object', live, () => lenient(live));
    const write = { live: current, apiVersion, managers: managed.sets, manager };
    const merging = updater.applySteps(write, wanted, force);
    const { object, managers } = yield* readInSteps('merge config', configuration, merging);
    return {
      object: object === undefined ? live : (object.value as JsonObject),
      managed: { ...managed, sets: managers },
    };
  }

  return {
    update({ live, next, managed, manager }) {
      const write = { live: lenient(live), apiVersion, managers: managed.sets, manager };
      return { ...managed, sets: updater.update(write, lenient(next)) };
    },
    apply,
  };
}

/**
 * What a client sends that is not of its type is told in kube-apiserver's words. kube-apiserver takes it for an error of its
 * own and answers 500; ours is the status of any other write that has such a fault.
 * @throws StatusError 422
 */
function configured(
  configuration: JsonObject,
  { apiVersion, kind, type }: Pick<StructuredMerge, 'apiVersion' | 'kind' | 'type'>,
): TypedValue {
  try {
    return typedOf(configuration, type);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    const message = `failed to create typed patch object (${named(configuration, apiVersion, kind)}): ${error.message}`;
    const { name } = metadataOf(configuration);
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const errors = error.problems.map((one) => ({
      type: typeOf(one.message),
      field: one.path.slice(1),
      message: one.message,
    }));
    const details = invalidDetails({ group, kind }, typeof name === 'string' ? name : '', errors);
    throw new StatusError(422, 'Invalid', message, details, { cause: error });
  }
}

function metadataOf({ metadata }: JsonObject): JsonObject {
  return isJsonObject(metadata) ? metadata : {};
}

function typeOf(problem: string): FieldError['type'] {
  if (problem.startsWith('duplicate entries')) return 'FieldValueDuplicate';
  return problem.startsWith('expected') ? 'FieldValueTypeInvalid' : 'FieldValueInvalid';
}

/** "namespace/name; group/version, Kind=Kind", as kube-apiserver names an object in these errors. */
function named(object: JsonObject, apiVersion: string, kind: string): string {
  const { name, namespace } = metadataOf(object);
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return `${text(namespace)}/${text(name)}; ${kindText(apiVersion, kind)}`;
}

/** "group/version, Kind=Kind"; the core group shows as an empty one, and all is empty where the version is none. */
export function kindText(apiVersion: string, kind: string): string {
  if (apiVersion.split('/').length > 2) return '/, Kind=';
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
