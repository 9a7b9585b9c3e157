/** metadata.managedFields to the owners of fields and back. */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import { kubeTime } from '../../../meta/kube-time.ts';
import type { ManagedFieldsEntry } from '../../../meta/object.ts';
import { FieldsV1Error, fromFieldsV1, toFieldsV1, type FieldSet } from '../fieldpath/index.ts';
import { withSet, type VersionedSet } from '../merge/index.ts';
import { secondsOf } from './cap-managers.ts';
import { nobody, type Managed } from './contract.ts';
import type { FieldSetCache } from './field-set-cache.ts';
import { managerIdentifier, ownerOf } from './manager-identifier.ts';

/** managedFields that cannot be read. The message says what is wrong, in kube-apiserver's words. */
export class ManagedFieldsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ManagedFieldsError';
  }
}

/** What lists of entries mean that were made here. Objects share them, and nobody changes them. */
const ownersOf = new WeakMap<readonly ManagedFieldsEntry[], Managed>();

interface Made {
  readonly identifier: string;
  readonly owned: VersionedSet;
  readonly time: string | undefined;
  readonly entry: ManagedFieldsEntry;
}

/** The entry that was made of a set: an owner who owns the same as before keeps it. */
const entriesOf = new WeakMap<VersionedSet, Made>();

/**
 * The owners that stored managedFields name. Costs nothing where they were made here.
 * @param known where sets of fields are looked up and kept
 * @throws ManagedFieldsError as decodeManagedFields
 */
export function decodeStored(entries: ManagedFieldsEntry[] | undefined, known: FieldSetCache): Managed {
  return (entries && ownersOf.get(entries)) ?? decodeManagedFields(entries, known);
}

/**
 * The owners that managedFields name. Of two entries of one owner the later counts.
 * @param known where sets of stored fields are looked up and kept
 * @throws ManagedFieldsError for a wrong operation, a missing version, another fieldsType, or malformed fields
 */
export function decodeManagedFields(entries: unknown, known?: FieldSetCache): Managed {
  if (entries === undefined || entries === null) return nobody;
  if (!Array.isArray(entries)) throw new ManagedFieldsError('managedFields must be a list');
  const sets = new Map<string, VersionedSet>();
  const times = new Map<string, string>();
  entries.forEach((entry: unknown, index) => {
    const { identifier, set, time } = decodeEntry(entry ?? {}, index, known);
    sets.set(identifier, set);
    if (time === undefined) times.delete(identifier);
    else times.set(identifier, time);
  });
  return { sets, times };
}

interface DecodedEntry {
  readonly identifier: string;
  readonly set: VersionedSet;
  readonly time: string | undefined;
}

function decodeEntry(entry: unknown, index: number, known: FieldSetCache | undefined): DecodedEntry {
  if (!isJsonObject(entry)) throw new ManagedFieldsError(`managed fields entry ${index} must be an object`);
  const operation = textOf(entry, 'operation', index);
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new ManagedFieldsError('operation must be `Apply` or `Update`');
  }
  const apiVersion = textOf(entry, 'apiVersion', index);
  if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty');
  const fieldsType = textOf(entry, 'fieldsType', index);
  if (fieldsType === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== 'FieldsV1') {
    throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  }
  const manager = textOf(entry, 'manager', index);
  const subresource = textOf(entry, 'subresource', index);
  return {
    identifier: managerIdentifier({ manager, operation, apiVersion, subresource }),
    set: { set: decodeFields(entry['fieldsV1'] ?? {}, manager, known), apiVersion, applied: operation === 'Apply' },
    time: timeOf(textOf(entry, 'time', index), index),
  };
}

function textOf(entry: JsonObject, field: string, index: number): string {
  const value = Object.hasOwn(entry, field) ? (entry[field] ?? '') : '';
  if (typeof value !== 'string') {
    throw new ManagedFieldsError(`${field} of managed fields entry ${index} must be a string`);
  }
  return value;
}

function timeOf(text: string, index: number): string | undefined {
  if (text === '') return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new ManagedFieldsError(`time of managed fields entry ${index} must be as RFC 3339 says`);
  }
  return kubeTime(time);
}

function decodeFields(fields: unknown, manager: string, known: FieldSetCache | undefined): FieldSet {
  try {
    return known === undefined ? fromFieldsV1(fields) : known.decoded(fields);
  } catch (error) {
    if (!(error instanceof FieldsV1Error)) throw error;
    throw new ManagedFieldsError(`error decoding the fields of manager ${JSON.stringify(manager)}: ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * The owners as managedFields: appliers first, then the longest unchanged, then by name. Undefined for no owners.
 * @param known where sets are kept that many objects have, for decodeStored; absent: it decodes these entries when it reads them
 */
export function encodeManagedFields({ sets, times }: Managed, known?: FieldSetCache): ManagedFieldsEntry[] | undefined {
  if (sets.size === 0) return undefined;
  const made = [...sets]
    .map(([identifier, owned]) => entryOf(identifier, owned, times.get(identifier), known))
    .sort((a, b) => byOperationAndAge(a.entry, b.entry));
  const entries = made.map(({ entry }) => entry);
  if (known !== undefined) ownersOf.set(entries, ownersIn(made));
  return entries;
}

/** What decoding the entries would give. */
function ownersIn(made: readonly Made[]): Managed {
  const sets = new Map<string, VersionedSet>();
  const times = new Map<string, string>();
  for (const { identifier, owned, time } of made) {
    sets.set(identifier, owned);
    if (time !== undefined) times.set(identifier, time);
  }
  return { sets, times };
}

function entryOf(identifier: string, given: VersionedSet, time: string | undefined, known?: FieldSetCache): Made {
  const before = entriesOf.get(given);
  if (before?.identifier === identifier && before.time === time) return before;
  const owned = known === undefined ? given : withSet(given, known.shared(given.set));
  const made: Made = { identifier, owned, time, entry: newEntry(identifier, owned, time) };
  entriesOf.set(owned, made);
  return made;
}

/** Its fields are in the order in which Kubernetes writes them. */
function newEntry(
  identifier: string,
  { set, apiVersion, applied }: VersionedSet,
  time: string | undefined,
): ManagedFieldsEntry {
  const { manager, operation, subresource } = ownerOf(identifier);
  return {
    ...(manager === undefined ? {} : { manager }),
    operation: applied ? 'Apply' : (operation ?? 'Update'),
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(set),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

const byText = (a = '', b = ''): number => (a === b ? 0 : a < b ? -1 : 1);

function byOperationAndAge(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    byText(a.operation, b.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource, b.subresource)
  );
}

/**
 * Whether a client asks for the owners to be forgotten: by a list of one entry without content. An empty list asks for
 * nothing, so that clients who do not know managedFields cannot take them away.
 */
export function isReset(entries: unknown): boolean {
  if (!Array.isArray(entries) || entries.length !== 1) return false;
  const entry: unknown = entries[0] ?? {};
  return isJsonObject(entry) && entryFields.every((field) => (entry[field] ?? '') === '');
}

const entryFields = ['manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'fieldsV1', 'subresource'];
