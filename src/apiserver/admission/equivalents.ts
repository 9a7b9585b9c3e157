/**
 * In which version of its resource a request is shown to a webhook or policy. Source: ShouldCallHook in
 * k8s.io/apiserver/pkg/admission/plugin/webhook/generic, Matches in pkg/admission/plugin/policy/matching
 */
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, Equivalent } from './contract.ts';

/** A version of the resource that rules name: an equivalent one, or the one that the client asked for. */
export type NamedVersion = Equivalent | 'asked';

/**
 * The request's own version if a rule names it, or else the one of the first rule that names an equivalent version.
 * @param rules undefined: all requests are named
 * @param matchPolicy Exact: equivalent versions do not count. Equivalent is the default of Kubernetes' API
 * @param names whether a rule names a request
 * @returns undefined if they do not name it
 */
export function namedVersion<R>(
  attributes: AdmissionAttributes,
  rules: readonly R[],
  matchPolicy: string | undefined,
  names: (rule: R, attributes: AdmissionAttributes) => boolean,
): NamedVersion | undefined {
  if (rules.some((rule) => names(rule, attributes))) return 'asked';
  const { equivalents } = attributes;
  if (equivalents === undefined || matchPolicy === 'Exact') return undefined;
  for (const rule of rules) {
    const found = equivalents.find(({ resource }) => names(rule, { ...attributes, resource }));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The request in that version: its own attributes where that is the version of the request. @throws StatusError 500 */
export function attributesIn(version: NamedVersion, attributes: AdmissionAttributes): AdmissionAttributes {
  if (version === 'asked') return attributes;
  const { object, oldObject, kind, resource, context, operation, subresource } = attributes;
  const { namespace, name, dryRun, options } = attributes;
  return {
    ...{ context, operation, subresource, namespace, name, dryRun, options },
    kind: version.kind,
    resource: version.resource,
    asked: { kind, resource },
    ...(object === undefined ? {} : { object: version.to(object) }),
    ...(oldObject === undefined ? {} : { oldObject: version.to(oldObject) }),
    ...(version.schema === undefined ? {} : { schema: version.schema }),
  };
}

/** With the defaults of that version. @param ofAsked applies those of the version of the request */
export function defaultedIn(
  version: NamedVersion,
  object: KubeObject,
  ofAsked: (object: KubeObject) => KubeObject,
): KubeObject {
  return version === 'asked' ? ofAsked(object) : version.defaulted(object);
}

/** What was made of the object in that version, in the version of the request. @throws StatusError as Equivalent.from */
export function backFrom(version: NamedVersion, object: KubeObject): KubeObject {
  return version === 'asked' ? object : version.from(object);
}
