/** The playground's second user, who may look at everything but secrets. */
import type { ClusterRoleBinding } from '../kinds.ts';

export const viewerName = 'viewer';

export const viewerBinding: ClusterRoleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'playground-viewer' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: viewerName }],
};
