/** What is stored of an imported object. */
import { createGroupSchemas } from '../../apis/kubedirector/schemas.ts';
import { group, version } from '../../apis/kubedirector/types.ts';
import { encodeStored, storeKey } from '../../apiserver/watchcache/index.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { storedKinds } from '../stored-objects.ts';
import type { ImportSource } from './sources.ts';

/** An object in the form in which it is stored. */
export interface ImportedObject {
  readonly key: string;
  readonly object: KubeObject;
  readonly value: Buffer;
}

/** What is to be imported, and what is told about it. */
export interface ImportedObjects {
  readonly objects: readonly ImportedObject[];
  /** Objects of other kinds, which are left out: "v1 Pod". */
  readonly others: readonly string[];
  /** Served as they are, though the schema refuses them: the key, and why. */
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
}

/**
 * All of metadata is kept, but for what only the old store knew (resourceVersion, selfLink). So are spec and status, but for
 * the fingerprint of connected objects: the existing operator computes it in another way, so each member would be told that
 * they have changed. Without it, they count as known.
 * @throws ConfigurationError for objects without name, namespace or uid, and for one that comes twice and differs
 */
export function importedObjects({ found }: ImportSource): ImportedObjects {
  const schemas = createGroupSchemas();
  const plurals = new Map(Object.entries(storedKinds).map(([plural, kind]) => [kind, plural]));
  const objects = new Map<string, ImportedObject>();
  const others = new Set<string>();
  const refused: { key: string; reason: string }[] = [];
  for (const { object: given, place } of found) {
    const plural = given['apiVersion'] === `${group}/${version}` ? plurals.get(String(given['kind'])) : undefined;
    if (plural === undefined) {
      others.add(`${String(given['apiVersion'])} ${String(given['kind'])}`);
      continue;
    }
    const one = imported(given, plural, place);
    const before = objects.get(one.key);
    if (before !== undefined && !before.value.equals(one.value)) {
      throw new ConfigurationError(`${one.key} comes twice, and differs; nothing was imported`);
    }
    objects.set(one.key, one);
    const errors = before === undefined ? schemas.kind(one.object.kind).validate(one.object) : [];
    if (errors.length === 0) continue;
    refused.push({ key: one.key, reason: errors.map(({ field, message }) => `${field}: ${message}`).join('; ') });
  }
  const sorted = [...objects.values()].sort((one, other) =>
    Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)),
  );
  return { objects: sorted, others: [...others], refused };
}

/** Fields of metadata that mean nothing in another store. */
const ofOldStore: ReadonlySet<string> = new Set(['resourceVersion', 'selfLink']);

function imported(given: JsonObject, plural: string, place: string): ImportedObject {
  const { metadata } = given;
  const what = `a ${String(given['kind'])} in ${place}`;
  if (!isJsonObject(metadata)) throw new ConfigurationError(`${what} has no metadata; nothing was imported`);
  const { name, namespace, uid } = metadata;
  for (const [field, value] of Object.entries({ name, namespace, uid })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new ConfigurationError(
      `${what} (${String(name)}) has no metadata.${field}; nothing was imported. Use what "kubectl get -o yaml" prints, as it is`,
    );
  }
  const kept = Object.fromEntries(Object.entries(metadata).filter(([field]) => !ofOldStore.has(field)));
  // The decoding border: name, namespace and uid have been looked at, and the schema tells what is wrong with the rest.
  const object = { ...withoutFingerprints(given), metadata: kept } as unknown as KubeObject;
  const key = storeKey({ group, plural }, { namespace: String(namespace), name: String(name) });
  return { key, object, value: encodeStored(object) };
}

function withoutFingerprints({ status, spec, ...given }: JsonObject): JsonObject {
  return {
    ...given,
    ...(spec !== undefined && { spec: isJsonObject(spec) ? ofStatusBackup(spec) : spec }),
    ...(status !== undefined && { status: isJsonObject(status) ? withoutFingerprint(status) : status }),
  };
}

function ofStatusBackup(spec: JsonObject): JsonObject {
  const { statusBackup } = spec;
  return isJsonObject(statusBackup) ? { ...spec, statusBackup: withoutFingerprint(statusBackup) } : spec;
}

function withoutFingerprint(status: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(status).filter(([field]) => field !== 'lastConnectionHash'));
}
