/** How the pod template of a StatefulSet becomes another one. */
import { revisionAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { PodTemplateSpec, StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { JsonObject } from '../../../meta/json.ts';
import type { Stored } from '../../../meta/object.ts';
import { surplus } from './drift.ts';
import { isMadeOnlyAs } from './made-as.ts';

type Strings = Readonly<Record<string, string>>;

/** The StatefulSet with the revision on the pods that it makes. */
export function withRevision(set: StatefulSet, revision: string): StatefulSet {
  const { template } = set.spec;
  const annotations = { ...template.metadata?.annotations, [revisionAnnotation]: revision };
  return { ...set, spec: { ...set.spec, template: { ...template, metadata: { ...template.metadata, annotations } } } };
}

/** What running pods get in place: never another revision. */
export function withoutRevision(annotations: Strings): Strings {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== revisionAnnotation));
}

const revisionOf = ({ metadata }: PodTemplateSpec): string | undefined => metadata?.annotations?.[revisionAnnotation];

/** Of a pod's spec, what a role can ask for. The lists come whole with a new revision. */
const askedFor = [
  ...['affinity', 'nodeSelector', 'tolerations', 'topologySpreadConstraints', 'priorityClassName', 'securityContext'],
  ...['serviceAccountName', 'serviceAccount'],
];
const wholeLists = ['containers', 'initContainers', 'volumes'] as const;

interface Renewal {
  /** Nulls for what the template's pod spec must not have. */
  readonly removed: JsonObject;
  /** What of the StatefulSet may stay where it is as desired. */
  readonly known: object;
}

/**
 * A new revision replaces everything that a role can ask for, also where somebody else has put it there; what it cannot ask for
 * stays. Of a StatefulSet that is taken over from an earlier cluster nothing stays that is not asked for now.
 */
export function renewal(desired: StatefulSet, actual: Stored<StatefulSet>, isTakenOver: boolean): Renewal {
  const { spec: was, ...others } = actual.spec.template;
  const want = { ...desired.spec.template.spec };
  const withTemplate = (template: object): object => ({ ...actual, spec: { ...actual.spec, template } });
  if (isTakenOver && !isMadeOnlyAs(desired.spec, actual.spec)) {
    return { removed: surplus(want, { ...was }), known: withTemplate(others) };
  }
  const revision = revisionOf(actual.spec.template);
  if (revision === undefined || revision === revisionOf(desired.spec.template)) return { removed: {}, known: actual };
  return {
    removed: surplus(only(want, askedFor), only({ ...was }, askedFor)),
    known: withTemplate({ ...others, spec: without({ ...was }, wholeLists) }),
  };
}

const only = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
const without = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
