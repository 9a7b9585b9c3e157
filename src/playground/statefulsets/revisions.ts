/** ControllerRevisions: the templates that a StatefulSet has had. Source: kubernetes/pkg/controller/history */
import { omit } from '../omit.ts';
import { createHash } from 'node:crypto';
import type { PodTemplateSpec, StatefulSet } from '../../apis/kubernetes/types.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import type { ControllerRevision } from '../kinds.ts';
import { specOf } from './defaults.ts';
import { controllerReference } from './pods-of.ts';

const safe = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON with sorted keys, so that the same template always has the same hash. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/**
 * The name of the revision of the current template, for example "spark-6744cdb8f8". The suffix is a hash without
 * vowels.
 */
export function revisionName(set: Stored<StatefulSet>): string {
  const digest = createHash('sha256')
    .update(canonical(specOf(set).template))
    .digest();
  const hash = [...digest.subarray(0, 10)].map((byte) => safe[byte % safe.length] ?? '').join('');
  return `${set.metadata.name}-${hash}`;
}

/** The ControllerRevision for the current template. @param revision its number */
export function newRevision(set: Stored<StatefulSet>, name: string, revision: number): ControllerRevision {
  const { labels } = specOf(set).template.metadata ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: set.metadata.namespace ?? '',
      labels: { ...labels, 'controller.kubernetes.io/hash': name.slice(set.metadata.name.length + 1) },
      ownerReferences: [controllerReference(set)],
    },
    data: { spec: { template: { ...specOf(set).template, $patch: 'replace' } } },
    revision,
  };
}

/** The template in a revision. Undefined if it holds none. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const spec: unknown = isJsonObject(data) ? data['spec'] : undefined;
  const template: unknown = isJsonObject(spec) ? spec['template'] : undefined;
  if (!isJsonObject(template)) return undefined;
  // newRevision wrote a template here, and data is immutable.
  return omit(template, '$patch');
}
