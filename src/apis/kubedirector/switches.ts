/** Annotations by which users hold KubeDirector back from a cluster. Each counts with the value "true" only. */
import type { KubeObject } from '../../meta/object.ts';
import { deletionProtectionAnnotation, pausedAnnotation } from './well-known.ts';
import type { WellShaped } from './well-shaped.ts';

type Annotated = WellShaped<Pick<KubeObject, 'metadata'>>;

const valueOf = ({ metadata }: Annotated, annotation: string): string | undefined =>
  Object.hasOwn(metadata?.annotations ?? {}, annotation) ? metadata?.annotations?.[annotation] : undefined;

/** Whether the controller leaves the cluster as it is, but for its deletion. */
export const isPaused = (cluster: Annotated): boolean => valueOf(cluster, pausedAnnotation) === 'true';

/** What a user does who needs the controller to look at a cluster of an earlier version first. */
export const wayToBeSeen = (cluster: Annotated): string =>
  isPaused(cluster)
    ? `the cluster is paused: remove the annotation ${pausedAnnotation} first`
    : 'try again in a moment';

/** Whether the cluster may not be deleted. */
export const isProtected = (cluster: Annotated): boolean => valueOf(cluster, deletionProtectionAnnotation) === 'true';

/** Warnings about values that have no effect; what is absent, or says "false", means what it seems to mean. */
export function switchWarnings(cluster: Annotated): string[] {
  return [pausedAnnotation, deletionProtectionAnnotation].flatMap((annotation) => {
    const value = valueOf(cluster, annotation);
    if (value === undefined || value === 'true' || value === 'false') return [];
    return [`metadata.annotations[${annotation}]: "${value}" has no effect; the value must be "true"`];
  });
}
