/** The users that the simulators act as: those of the Kubernetes components that they simulate. */
import type { CallContext } from '../../apiserver/resource.ts';

/** The user name of kube-scheduler. Only this user may bind a pod to a node. */
export const schedulerName = 'system:kube-scheduler';

const serviceAccounts = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];

/** The service account of a controller of kube-controller-manager. @param name for example "statefulset-controller" */
export function controllerContext(name: string, signal: AbortSignal): CallContext {
  return contextOf(
    `system:serviceaccount:kube-system:${name}`,
    serviceAccounts,
    name,
    'kube-controller-manager',
    signal,
  );
}

/** Requests of kube-scheduler. */
export function schedulerContext(signal: AbortSignal): CallContext {
  return contextOf(schedulerName, ['system:authenticated'], 'scheduler', 'kube-scheduler', signal);
}

/** Requests of the kubelets; all nodes share one user. */
export function kubeletContext(signal: AbortSignal): CallContext {
  return contextOf('system:node:playground', ['system:nodes', 'system:authenticated'], 'kubelet', 'kubelet', signal);
}

/** Requests of the playground itself, as an administrator. */
export function adminContext(signal: AbortSignal): CallContext {
  return contextOf('system:admin', ['system:masters', 'system:authenticated'], 'playground', 'playground', signal);
}

function contextOf(
  name: string,
  groups: readonly string[],
  requestId: string,
  manager: string,
  signal: AbortSignal,
): CallContext {
  return { user: { name, groups }, manager, requestId, signal, warn: () => undefined };
}
