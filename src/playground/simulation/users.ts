/** Who the simulators are to the API: the names of the components they stand in for. */
import type { CallContext } from '../../apiserver/registry/contract.ts';

export const schedulerName = 'system:kube-scheduler';

const serviceAccounts = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];

/** "statefulset-controller" and its like, as kube-controller-manager runs them. */
export function controllerContext(name: string, signal: AbortSignal): CallContext {
  return contextOf(`system:serviceaccount:kube-system:${name}`, serviceAccounts, name, signal);
}

export function schedulerContext(signal: AbortSignal): CallContext {
  return contextOf(schedulerName, ['system:authenticated'], 'scheduler', signal);
}

export function kubeletContext(signal: AbortSignal): CallContext {
  return contextOf('system:node:playground', ['system:nodes', 'system:authenticated'], 'kubelet', signal);
}

/** The playground itself, seeding. */
export function adminContext(signal: AbortSignal): CallContext {
  return contextOf('system:admin', ['system:masters', 'system:authenticated'], 'playground', signal);
}

function contextOf(name: string, groups: readonly string[], requestId: string, signal: AbortSignal): CallContext {
  return { user: { name, groups }, requestId, signal, warn: () => undefined };
}
