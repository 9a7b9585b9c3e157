/** The second user of the playground, which has the ClusterRole `view`: it cannot read Secrets. */
import type { ClusterRoleBinding } from '../kinds.ts';

/** The user name in the client certificate of `kubeconfig-viewer`. */
export const viewerName = 'viewer';

/** Gives this user the ClusterRole `view` in the whole cluster. */
export const viewerBinding: ClusterRoleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'playground-viewer' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: viewerName }],
};
