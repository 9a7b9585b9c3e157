/** Objects in other versions, for managedFields. Source: k8s.io/apimachinery/pkg/util/managedfields versionconverter.go */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Converter } from '../apply/merge/index.ts';
import { mergeTypeOf, typedOf, TypedError, type MergeType, type TypedValue } from '../apply/typed/index.ts';
import type { ResourceDefinition } from '../resource.ts';
import { ConversionError, createVersions } from './conversion.ts';

/**
 * Leads field managers of any version of the resource to all others. Versions that the resource does not have (any more) are
 * missing. Undefined where there is one version only. @throws TypedError (its convert) if an object cannot be converted
 */
export function createConverter(resource: ResourceDefinition): Converter | undefined {
  const versions = createVersions(resource);
  if (versions === undefined) return undefined;
  const schemas = new Map(
    [resource, ...(resource.versions ?? [])].map(({ version, schema }) => [version, schema.root]),
  );
  const types = new Map<string, MergeType>();
  const converted = new WeakMap<object, Map<string, TypedValue>>();
  const typeIn = (version: string): MergeType | undefined => {
    const root = schemas.get(version);
    const known = types.get(version) ?? (root && mergeTypeOf(root));
    if (known !== undefined) types.set(version, known);
    return known;
  };
  return {
    convert(object, apiVersion) {
      const { value } = object;
      if (!isJsonObject(value) || value['apiVersion'] === apiVersion) return object;
      const version = versions.named(apiVersion);
      const type = version === undefined ? undefined : typeIn(version);
      if (version === undefined || type === undefined) return 'missing';
      const known = converted.get(value) ?? new Map<string, TypedValue>();
      converted.set(value, known);
      const made =
        known.get(version) ??
        typedOf(
          inVersion(value, (whole) => versions.convert(whole, version)),
          type,
          { allowDuplicates: true },
        );
      known.set(version, made);
      return made;
    },
  };
}

/** What is compared and pruned need not be whole: it may have no metadata. */
function inVersion(value: JsonObject, convert: (object: KubeObject) => KubeObject): JsonObject {
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  try {
    const made = convert({ ...value, metadata } as unknown as KubeObject);
    const { metadata: after, ...rest } = made;
    return Object.keys(after).length === 0 && value['metadata'] === undefined ? rest : { ...made };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new TypedError([{ path: '', message: error.message }]);
  }
}
