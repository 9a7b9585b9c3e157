/** Security settings of a role's pods: what the cluster's role leaves out comes from the app's. */
import type { ClusterRole } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

type Pod = NonNullable<ClusterRole['podSecurityContext']>;
type Container = NonNullable<ClusterRole['securityContext']>;

/** What the pods of a role and their containers run with; undefined where nobody has asked for anything. */
export interface SecurityContexts {
  readonly pod: Pod | undefined;
  readonly container: Container | undefined;
}

/** Objects that come from users may have parts of the wrong type, which count as absent. */
interface Secured {
  readonly podSecurityContext?: WellShaped<Pod> | undefined;
  readonly securityContext?: WellShaped<Container> | undefined;
}

/** Field by field: a field of the cluster's role replaces the whole field of the app's. */
export function securityContextsOf(role: Secured, app: Secured | undefined): SecurityContexts {
  return {
    pod: merged(app?.podSecurityContext as Pod | undefined, role.podSecurityContext as Pod | undefined),
    container: merged(app?.securityContext as Container | undefined, role.securityContext as Container | undefined),
  };
}

function merged<T extends object>(one: T | undefined, other: T | undefined): T | undefined {
  return one === undefined || other === undefined ? (other ?? one) : { ...one, ...other };
}

/**
 * Whether the container is known to run as another user than root. What users name nowhere, the image decides.
 * Source: kubernetes/pkg/securitycontext DetermineEffectiveSecurityContext (the container's settings win)
 */
export function isRootless({ pod, container }: SecurityContexts): boolean {
  const user = container?.runAsUser ?? pod?.runAsUser;
  return user === undefined ? (container?.runAsNonRoot ?? pod?.runAsNonRoot) === true : user !== 0;
}
