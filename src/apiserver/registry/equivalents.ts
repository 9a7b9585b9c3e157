/** The same request in the other versions of its resource, for admission rules that name those. */
import type { GroupVersionKind, KubeObject } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import type { Equivalent } from '../admission/contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { Versions } from '../versions/index.ts';
import { checkKind } from './check-kind.ts';

type Place = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'plural'>;

/** For requests whose objects are the resource's own. */
export function equivalentsOf(
  versions: Versions | undefined,
  { version: asked, plural }: Place,
): readonly Equivalent[] {
  return others(versions, asked).map(({ versions: all, version }): Equivalent => {
    const { group, kind } = all;
    const schema = all.schema(version);
    return {
      kind: { group, version, kind },
      resource: { group, version, resource: plural },
      ...(schema === undefined ? {} : { schema: schema.root }),
      to: (object) => all.convert(object, version),
      defaulted: (object) => all.defaulted(object, version),
      from(object) {
        checkTypes(all, { group, version, kind }, object);
        return all.convert(object, asked);
      },
    };
  });
}

/** For requests whose objects have a kind of their own (Scale), which is the same in all versions. */
export function equivalentPlaces(
  versions: Versions | undefined,
  { group, version: asked, plural }: Place,
  kind: GroupVersionKind,
): readonly Equivalent[] {
  return others(versions, asked).map(({ version }) => ({
    kind,
    resource: { group, version, resource: plural },
    to: (object) => object,
    defaulted: (object) => object,
    from: (object) => object,
  }));
}

function others(versions: Versions | undefined, asked: string): { versions: Versions; version: string }[] {
  if (versions === undefined) return [];
  return versions.served.filter((one) => one !== asked).map((version) => ({ versions, version }));
}

/** What a webhook made must still be convertible. @throws StatusError 422 */
function checkTypes(versions: Versions, type: GroupVersionKind, object: KubeObject): void {
  const { name = '' } = object.metadata;
  checkKind(type, object, name);
  const schema = versions.schema(type.version);
  if (schema === undefined || schema.readable(object) === object) return;
  throw invalidObject(type, name, schema.validate(object));
}
