/** Converts objects between the versions of one resource, always by way of the hub. */
import { apiVersionString, type KubeObject, type ObjectMeta } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import type { ResourceDefinition, VersionDefinition } from '../resource.ts';
import { defaultedAgain } from '../../schema/kind-defaults.ts';
import { byPreference } from './order.ts';

/** What conversion must know of a resource. */
type ConvertedResource<T extends KubeObject> = Pick<
  ResourceDefinition<T>,
  'group' | 'version' | 'kind' | 'versions' | 'storageVersion' | 'served'
> &
  Partial<Pick<ResourceDefinition<T>, 'schema' | 'defaults'>>;

/**
 * An object has no form in another version. A 500 as for CRDs: the fault is the program's. It quotes nothing of the object;
 * `why` may.
 */
export class ConversionError extends StatusError {
  readonly why: string;

  constructor(what: string, cause: unknown) {
    super(500, 'InternalError', `Internal error occurred: ${what} failed`, undefined, { cause });
    this.name = 'ConversionError';
    this.why = cause instanceof Error ? cause.message : String(cause);
  }
}

/** The versions of one resource that has several. */
export interface Versions {
  readonly group: string;
  readonly kind: string;
  readonly hub: string;
  readonly storage: string;
  /** All of them, also those that are not served. */
  readonly all: readonly string[];
  /** Those that clients may ask for, the preferred one first. */
  readonly served: readonly string[];
  /** Undefined for a version that this resource does not have. */
  schema(version: string): ResourceSchema | undefined;
  /** An object of that version as defaultedAgain makes it of it. */
  defaulted(object: KubeObject, version: string): KubeObject;
  /** The version that an apiVersion names; undefined for a version that this resource does not have. */
  named(apiVersion: unknown): string | undefined;
  /**
   * The object in that version, by its own apiVersion; the same object if it is in it already. Its type stays that of any
   * version.
   * @throws ConversionError
   */
  convert<T extends KubeObject>(object: T, to: string): T;
}

/** Undefined for a resource with one version. @throws Error if there is no such storage version, or one twice */
export function createVersions<T extends KubeObject>(resource: ConvertedResource<T>): Versions | undefined {
  const { group, kind, version: hub, versions = [], storageVersion: storage = hub } = resource;
  const others = new Map(versions.map((one): [string, VersionDefinition<KubeObject, T>] => [one.version, one]));
  const all = [hub, ...others.keys()];
  if (others.size !== versions.length || others.has(hub)) throw new Error(`${kind} has a version twice`);
  if (!all.includes(storage)) throw new Error(`${kind} has no version ${storage} to be stored in`);
  if (others.size === 0) return undefined;
  const served = [resource, ...versions].filter((one) => one.served !== false).map(({ version }) => version);
  served.sort(byPreference);
  const byName = new Map(all.map((version) => [apiVersionString({ group, version }), version]));
  const named = (apiVersion: unknown): string | undefined =>
    typeof apiVersion === 'string' ? byName.get(apiVersion) : undefined;
  const typeMeta = (version: string) => ({ apiVersion: apiVersionString({ group, version }), kind });

  function toHub(object: KubeObject, from: VersionDefinition<KubeObject, T>): KubeObject {
    return step(object, typeMeta(hub), () => from.toHub(from.schema.readable(object)));
  }
  function fromHub(object: KubeObject, to: VersionDefinition<KubeObject, T>): KubeObject {
    // The hub's objects are T by their apiVersion.
    const shaped = (resource.schema?.readable(object) ?? object) as T;
    return step(object, typeMeta(to.version), () => to.fromHub(shaped));
  }
  return {
    ...{ group, kind, hub, storage, all, served, named },
    defaulted(object, version) {
      const other = others.get(version);
      if (other !== undefined) return defaultedAgain(other, object);
      const { schema, defaults } = resource;
      return schema === undefined ? object : defaultedAgain({ schema, ...(defaults && { defaults }) }, object as T);
    },
    schema: (version) => (version === hub ? resource.schema : others.get(version)?.schema),
    convert<O extends KubeObject>(object: O, to: string): O {
      const from = named(object.apiVersion) ?? hub;
      if (from === to) return object;
      const [source, target] = [others.get(from), others.get(to)];
      const hubObject = source === undefined ? object : toHub(object, source);
      return (target === undefined ? hubObject : fromHub(hubObject, target)) as O;
    },
  };
}

function step(object: KubeObject, type: { apiVersion: string; kind: string }, convert: () => KubeObject): KubeObject {
  let made: KubeObject;
  try {
    made = convert();
  } catch (cause) {
    const { namespace = '', name = '' } = object.metadata;
    const named = JSON.stringify(namespace === '' ? name : `${namespace}/${name}`);
    throw new ConversionError(
      `conversion of ${type.kind} ${named} from ${object.apiVersion} to ${type.apiVersion}`,
      cause,
    );
  }
  const head = { ...type, metadata: metadataOf(object.metadata, made.metadata) };
  return { ...head, ...made, ...head };
}

/** A conversion changes labels and annotations; the rest is as it was. Source: restoreObjectMeta of apiextensions-apiserver */
function metadataOf(before: ObjectMeta, made: ObjectMeta): ObjectMeta {
  if (made === before) return before;
  const metadata = { ...before };
  for (const field of ['labels', 'annotations'] as const) {
    const texts = made[field];
    if (texts === undefined || Object.keys(texts).length === 0) Reflect.deleteProperty(metadata, field);
    else metadata[field] = texts;
  }
  return metadata;
}
