/** A resource as each of its versions is served: one ResourceDefinition a version. */
import { apiVersionString, type KubeObject, type Stored } from '../../meta/object.ts';
import type { Redaction, ResourceDefinition, VersionDefinition } from '../resource.ts';
import { ConversionError, createVersions, type Versions } from './conversion.ts';
import { graft } from './graft.ts';
import { byPreference } from './order.ts';

/** Removes the object type from a version, so that it fits among the others. Only here is such a cast made. */
export function versionOf<V extends KubeObject, T extends KubeObject>(
  definition: VersionDefinition<V, T>,
): VersionDefinition<KubeObject, T> {
  return definition as unknown as VersionDefinition<KubeObject, T>;
}

/**
 * The definitions that clients may ask for, the preferred version first. Those of other versions than the hub have their own
 * shape and documents, and the hub's rules.
 */
export function servedDefinitions(definition: ResourceDefinition): readonly ResourceDefinition[] {
  const versions = createVersions(definition);
  const all =
    versions === undefined
      ? [definition]
      : [definition, ...(definition.versions ?? []).map((one) => definitionIn(definition, one, versions))];
  const served = all.filter((one) => one.served !== false);
  served.sort((a, b) => byPreference(a.version, b.version));
  return served.map((one) => (one.deprecated === undefined ? one : withWarning(one, served)));
}

function definitionIn(hub: ResourceDefinition, version: VersionDefinition, versions: Versions): ResourceDefinition {
  const { group, kind, listKind, plural, singular, shortNames, categories, namespaced, verbs, strategy, redaction } =
    hub;
  const { schema, columns, selectableFields, subresources = hub.subresources, served, deprecated } = version;
  const { defaults, zeroValue } = version;
  return {
    ...{ group, kind, listKind, plural, singular, shortNames, categories, namespaced, verbs, strategy },
    ...{ version: version.version, storageVersion: versions.storage },
    ...{ schema, columns, selectableFields, subresources },
    ...(served === undefined ? {} : { served }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(defaults === undefined ? {} : { defaults }),
    ...(zeroValue === undefined ? {} : { zeroValue }),
    readable: (object) => schema.readable(object),
    ...(redaction === undefined ? {} : { redaction: redactionIn(redaction, version, versions) }),
  };
}

/** The hub's redaction, by way of the hub. */
function redactionIn(
  hub: Redaction<KubeObject>,
  { version, schema }: VersionDefinition,
  versions: Versions,
): Redaction<KubeObject> {
  return {
    mayReveal: (context, target) => hub.mayReveal(context, target),
    redact(object) {
      const whole = versions.convert(object, versions.hub);
      const redacted = hub.redact(whole);
      // Parts of a wrong type are not in `whole`: nobody can say whether they are to be hidden.
      const isKnown = redacted === whole && schema.readable(object) === object;
      return isKnown ? object : versions.convert(redacted, version);
    },
    restore(next, current) {
      // Parts of a wrong type (null, too) have no form in the hub. The pipeline refuses, drops or replaces them: what is hidden
      // must not go with them.
      const sent = convertible(schema.readable(next), versions);
      // The pipeline refuses it, as it cannot be converted.
      if (sent === undefined) return next;
      const restored = hub.restore(sent, versions.convert<Stored<KubeObject>>(current, versions.hub));
      if (restored === sent) return next;
      const [before, after] = [versions.convert(sent, version), versions.convert(restored, version)];
      return graft(next, before, after) as KubeObject;
    },
  };
}

function convertible(object: KubeObject, versions: Versions): KubeObject | undefined {
  try {
    return versions.convert(object, versions.hub);
  } catch (error) {
    if (error instanceof ConversionError) return undefined;
    throw error;
  }
}

/** Wording: defaultDeprecationWarning of apiextensions-apiserver. */
function withWarning(definition: ResourceDefinition, served: readonly ResourceDefinition[]): ResourceDefinition {
  const { deprecated, version, kind } = definition;
  const better = served.find((one) => one.deprecated === undefined && byPreference(one.version, version) < 0);
  const use = better === undefined ? '' : `; use ${apiVersionString(better)} ${kind}`;
  const warning = deprecated?.warning ?? `${apiVersionString(definition)} ${kind} is deprecated${use}`;
  return { ...definition, deprecated: { warning } };
}
