/**
 * `kubectl apply` keeps what it last applied in an annotation. kubectl's server-side apply may take over the fields that
 * the annotation claims, and keeps the annotation true, so that people can go back. Only for the manager "kubectl".
 */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { annotationsSize, maxAnnotationsSize } from '../../../meta/metadata-validation.ts';
import { FieldSet } from '../fieldpath/index.ts';
import { ConflictsError, type Conflict } from '../merge/index.ts';
import { TypedError, typedOf, type MergeType } from '../typed/index.ts';
import type { Layer } from './contract.ts';

const kubectl = 'kubectl';
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Retries an apply of kubectl with force if the annotation claims every field that it conflicts about. */
export function takeOverLastApplied(inner: Layer, apiVersion: string, type: MergeType): Layer {
  return {
    update: (write) => inner.update(write),
    *apply(write) {
      try {
        return yield* inner.apply(write);
      } catch (error) {
        if (write.manager !== kubectl || !(error instanceof ConflictsError)) throw error;
        const claimed = claimedFields(write.live, apiVersion, type);
        const rest = error.conflicts.filter(({ path }) => !claimed.has(path));
        if (rest.length > 0) throw rest.length === error.conflicts.length ? error : conflictsOf(rest);
        return yield* inner.apply({ ...write, force: true });
      }
    },
  };
}

function conflictsOf(conflicts: readonly Conflict[]): ConflictsError {
  const sets = new Map<string, FieldSet>();
  for (const { manager, path } of conflicts) sets.set(manager, (sets.get(manager) ?? FieldSet.empty).insert(path));
  return new ConflictsError(sets);
}

/** The fields of the annotation that are still as it says; none where it cannot be read. */
function claimedFields(live: JsonObject, apiVersion: string, type: MergeType): FieldSet {
  const lastApplied = parsed(lastAppliedOf(live));
  if (lastApplied?.['apiVersion'] !== apiVersion || typeof lastApplied['kind'] !== 'string') return FieldSet.empty;
  try {
    const claimed = typedOf(lastApplied, type);
    const { added, modified, removed } = claimed.compare(typedOf(live, type));
    return claimed.toFieldSet().difference(modified).difference(added).difference(removed);
  } catch (error) {
    if (error instanceof TypedError) return FieldSet.empty;
    throw error;
  }
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the configuration into the annotation, where an object that kubectl applies has one. */
export function updateLastApplied(inner: Layer): Layer {
  return {
    update: (write) => inner.update(write),
    *apply(write) {
      const applied = yield* inner.apply(write);
      if (write.manager !== kubectl || lastAppliedOf(applied.object) === '') return applied;
      return { ...applied, object: withLastApplied(applied.object, lastAppliedText(write.configuration)) };
    },
  };
}

function annotationsOf({ metadata }: JsonObject): JsonObject {
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

function lastAppliedOf(object: JsonObject): string {
  const annotations = annotationsOf(object);
  const text = Object.hasOwn(annotations, annotation) ? annotations[annotation] : '';
  return typeof text === 'string' ? text : '';
}

function withAnnotations(object: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, annotations } };
}

function without(annotations: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== annotation));
}

/** Leaves the annotation out where all annotations together would be too large with it. */
function withLastApplied(object: JsonObject, text: string): JsonObject {
  const rest = without(annotationsOf(object));
  const annotations = { ...rest, [annotation]: text };
  return withAnnotations(object, annotationsSize(annotations) > maxAnnotationsSize ? rest : annotations);
}

/** As Go's encoder writes it: keys in order, a new line at the end, and nothing that HTML could take for a tag. */
function lastAppliedText(configuration: JsonObject): string {
  const annotated = Object.hasOwn(annotationsOf(configuration), annotation);
  const object = annotated ? withAnnotations(configuration, without(annotationsOf(configuration))) : configuration;
  const text = JSON.stringify(object, (_key, value: unknown) => (isJsonObject(value) ? sorted(value) : value));
  return `${text.replace(/[<>&\u2028\u2029]/g, escaped)}\n`;
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
