import { deepEqual, type JsonObject } from '../../../meta/json.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../meta/object.ts';
import { badRequest } from '../../../meta/status.ts';
import { allAtOnce, type Steps } from '../../../runtime/steps.ts';
import type { SchemaNode } from '../../../schema/contract.ts';
import { excludeFields, type FieldFilter, type FieldSet } from '../fieldpath/index.ts';
import { ConflictsError, createUpdater, type Converter } from '../merge/index.ts';
import { mergeTypeOf, typedOf, TypedError, type MergeType } from '../typed/index.ts';
import { capManagers } from './cap-managers.ts';
import { applyConflict } from './conflict.ts';
import { nobody, type FieldManager, type Layer, type Managed, type WithOwners } from './contract.ts';
import { decodeManagedFields, decodeStored, encodeManagedFields, isReset, ManagedFieldsError } from './entries.ts';
import { FieldSetCache } from './field-set-cache.ts';
import { takeOverLastApplied, updateLastApplied } from './last-applied.ts';
import { recordOperation } from './record-operation.ts';
import { skipNonApplied } from './skip-non-applied.ts';
import { stripMeta } from './strip-meta.ts';
import { kindText, structuredMerge } from './structured-merge.ts';
import { isUnchanged } from './unchanged.ts';
import { withEntries, withoutEntries } from './with-entries.ts';

/** Entries of updates that are kept one by one; older ones are put together. */
const maxUpdateManagers = 10;

/** What a FieldManager is about. */
export interface FieldManagerOptions {
  /** The version of the objects that it gets: "kubedirector.hpe.com/v1beta1". */
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: SchemaNode;
  /** What an object has before anybody has written to it, besides apiVersion and kind. Absent: nothing. */
  readonly zeroValue?: JsonObject | undefined;
  /** '' for the main resource. */
  readonly subresource: string;
  /** What the resource's strategy puts back at every write: nobody can own it through this FieldManager. */
  readonly resetFields?: FieldSet | undefined;
  readonly now: () => Date;
  /** Leads to the other versions of the resource. Absent: there are none. */
  readonly converter?: Converter | undefined;
  /** All versions of the resource, whose fields are reset alike. Absent: only its own. */
  readonly apiVersions?: readonly string[];
}

/** Builds the FieldManager of one resource or subresource: once, since building reads the schema. */
export function createFieldManager<T extends KubeObject>(options: FieldManagerOptions): FieldManager<T> {
  const { apiVersion, kind, subresource } = options;
  const empty: JsonObject = { apiVersion, kind, ...options.zeroValue };
  const type = mergeTypeOf(options.schema);
  const converter = options.converter ?? onlyVersion(apiVersion);
  const layers = layersOf({ ...options, converter }, type, empty);
  const known = new FieldSetCache();

  function update(live: T | undefined, next: T, manager: string): WithOwners<T> {
    const stored = live?.metadata.managedFields;
    const sent = sentEntries(next, stored, subresource);
    if (live !== undefined && sent === undefined && isUnchanged(live, next)) return () => withEntries(next, stored);
    const object = plain(next);
    const isServed = (version: string): boolean =>
      version === apiVersion ||
      converter.convert(typedOf(object, type, { allowDuplicates: true }), version) !== 'missing';
    try {
      const managed = ownersBefore(stored, sent, isServed, known);
      const after = layers.update({ live: live === undefined ? empty : plain(live), next: object, managed, manager });
      return () => withEntries(next, encodeManagedFields(after, known));
    } catch (error) {
      // The object has parts that the schema cannot read: its owners stay as they were.
      if (error instanceof TypedError) return () => withEntries(next, stored);
      throw error;
    }
  }

  function* apply(live: T | undefined, configuration: KubeObject, manager: string, force: boolean): Steps<T> {
    checkKind(configuration, apiVersion, kind);
    try {
      const { object, managed } = yield* layers.apply({
        live: live === undefined ? empty : plain(live),
        configuration: { ...configuration },
        managed: readable(() => decodeStored(live?.metadata.managedFields, known)),
        manager,
        force,
      });
      yield;
      return withEntries(asObject(object) as T, encodeManagedFields(managed, known));
    } catch (error) {
      if (error instanceof ConflictsError) throw applyConflict(error.conflicts);
      throw error;
    }
  }

  return { update, apply: (...write) => allAtOnce(apply(...write)), applySteps: apply };
}

/** From the inside out. The order is that of k8s.io/apimachinery's NewDefaultFieldManager. */
function layersOf(options: FieldManagerOptions & { converter: Converter }, type: MergeType, empty: JsonObject): Layer {
  const { apiVersion, apiVersions = [apiVersion], kind, subresource, resetFields, now, converter } = options;
  const ignored = new Map<string, FieldFilter>();
  if (resetFields !== undefined) for (const version of apiVersions) ignored.set(version, excludeFields(resetFields));
  const merge = structuredMerge({ apiVersion, kind, type, updater: createUpdater(converter, ignored) });
  const record = recordOperation(stripMeta(merge), { apiVersion, subresource, now: () => kubeTime(now()) });
  const tracking = skipNonApplied(capManagers(record, maxUpdateManagers), empty);
  return updateLastApplied(takeOverLastApplied(tracking, apiVersion, type));
}

const onlyVersion = (known: string): Converter => ({
  convert: (object, apiVersion) => (apiVersion === known ? object : 'missing'),
});

/**
 * The managedFields that a client wrote; undefined if it wrote none, or the stored ones. Through a subresource nobody can
 * write them.
 */
function sentEntries(next: KubeObject, stored: ManagedFieldsEntry[] | undefined, subresource: string): unknown {
  const sent: unknown = next.metadata.managedFields;
  const isNone = subresource !== '' || sent === undefined || sent === null || sent === stored;
  return isNone || deepEqual(sent, stored) ? undefined : sent;
}

/**
 * Who owns what before an update. A client that does not know managedFields, or writes them wrong or of versions that are
 * not served, does not take them away.
 */
function ownersBefore(
  stored: ManagedFieldsEntry[] | undefined,
  sent: unknown,
  isServed: (apiVersion: string) => boolean,
  known: FieldSetCache,
): Managed {
  if (isReset(sent)) return nobody;
  const own = readable(() => decodeManagedFields(sent));
  const isUsable = own.sets.size > 0 && [...own.sets.values()].every(({ apiVersion }) => isServed(apiVersion));
  return isUsable ? own : readable(() => decodeStored(stored, known));
}

/** Entries that cannot be read count as none. */
function readable(decode: () => Managed): Managed {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ManagedFieldsError) return nobody;
    throw error;
  }
}

/** @throws StatusError 400 for an object of another kind or version */
function checkKind(configuration: KubeObject, apiVersion: string, kind: string): void {
  const sent: JsonObject = { ...configuration };
  if (sent['apiVersion'] === apiVersion && sent['kind'] === kind) return;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  throw badRequest(`invalid object type: ${kindText(text(sent['apiVersion']), text(sent['kind']))}`);
}

/** Without managedFields: they are nobody's field. Parts stay in their order. */
function plain(object: KubeObject): JsonObject {
  return { ...object, metadata: withoutEntries(object.metadata) };
}

/** What comes of a merge has the shape of what went into it; where it was created without metadata, it has none. */
function asObject(merged: JsonObject): KubeObject {
  return { ...merged, metadata: merged['metadata'] ?? {} } as KubeObject;
}
