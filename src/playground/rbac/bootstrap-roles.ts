/**
 * The ClusterRoles for users that every cluster has, and their bindings.
 * Source: k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy, of 1.37. The roles of Kubernetes' own
 * components are left out, because the simulators are not subject to authorization.
 */
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../kinds.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const change = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const read = ['get', 'list', 'watch'];
const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const aggregateTo = (role: string): Record<string, string> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true',
});

const metadata = (name: string, to?: string) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...(to === undefined ? {} : aggregateTo(to)) },
});

/** @param to the aggregated role that also gets these rules */
function clusterRole(name: string, rules: PolicyRule[], to?: string): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: metadata(name, to), rules };
}

/** A role whose rules are those of all roles that are labelled for it. */
function aggregated(name: string, to?: string): ClusterRole {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] };
  return { apiVersion, kind: 'ClusterRole', metadata: metadata(name, to), aggregationRule };
}

/**
 * `cluster-admin`, `admin`, `edit` and `view`, and the `system:` roles for discovery and aggregation. The rules of
 * aggregated roles are written later, by rbac/aggregation.ts.
 */
export const bootstrapRoles: readonly ClusterRole[] = [
  aggregated('admin'),
  clusterRole('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  aggregated('edit', 'admin'),
  clusterRole(
    'system:aggregate-to-admin',
    [
      { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings', 'roles'], verbs: everything },
    ],
    'admin',
  ),
  clusterRole(
    'system:aggregate-to-edit',
    [
      {
        apiGroups: [''],
        resources: ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'],
        verbs: read,
      },
      { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
      {
        apiGroups: [''],
        resources: ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'],
        verbs: change,
      },
      { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
      {
        apiGroups: [''],
        resources: [
          'configmaps',
          'persistentvolumeclaims',
          'replicationcontrollers',
          'replicationcontrollers/scale',
          'secrets',
          'serviceaccounts',
          'services',
          'services/proxy',
        ],
        verbs: change,
      },
      { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: change },
      {
        apiGroups: ['apps'],
        resources: [
          'daemonsets',
          'deployments',
          'deployments/rollback',
          'deployments/scale',
          'replicasets',
          'replicasets/scale',
          'statefulsets',
          'statefulsets/scale',
        ],
        verbs: change,
      },
      { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: change },
      { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: change },
      {
        apiGroups: ['extensions'],
        resources: [
          'daemonsets',
          'deployments',
          'deployments/rollback',
          'deployments/scale',
          'ingresses',
          'networkpolicies',
          'replicasets',
          'replicasets/scale',
          'replicationcontrollers/scale',
        ],
        verbs: change,
      },
      { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: change },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: change },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: everything },
      { apiGroups: ['resource.k8s.io'], resources: ['resourceclaims', 'resourceclaimtemplates'], verbs: change },
    ],
    'edit',
  ),
  clusterRole(
    'system:aggregate-to-view',
    [
      {
        apiGroups: [''],
        resources: [
          'configmaps',
          'endpoints',
          'persistentvolumeclaims',
          'persistentvolumeclaims/status',
          'pods',
          'replicationcontrollers',
          'replicationcontrollers/scale',
          'serviceaccounts',
          'services',
          'services/status',
        ],
        verbs: read,
      },
      {
        apiGroups: [''],
        resources: [
          'bindings',
          'limitranges',
          'namespaces/status',
          'pods/log',
          'pods/status',
          'replicationcontrollers/status',
          'resourcequotas',
          'resourcequotas/status',
        ],
        verbs: read,
      },
      { apiGroups: [''], resources: ['namespaces'], verbs: read },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: read },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
      {
        apiGroups: ['apps'],
        resources: [
          'controllerrevisions',
          'daemonsets',
          'daemonsets/status',
          'deployments',
          'deployments/scale',
          'deployments/status',
          'replicasets',
          'replicasets/scale',
          'replicasets/status',
          'statefulsets',
          'statefulsets/scale',
          'statefulsets/status',
        ],
        verbs: read,
      },
      {
        apiGroups: ['autoscaling'],
        resources: ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'],
        verbs: read,
      },
      { apiGroups: ['batch'], resources: ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], verbs: read },
      {
        apiGroups: ['extensions'],
        resources: [
          'daemonsets',
          'daemonsets/status',
          'deployments',
          'deployments/scale',
          'deployments/status',
          'ingresses',
          'ingresses/status',
          'networkpolicies',
          'replicasets',
          'replicasets/scale',
          'replicasets/status',
          'replicationcontrollers/scale',
        ],
        verbs: read,
      },
      { apiGroups: ['policy'], resources: ['poddisruptionbudgets', 'poddisruptionbudgets/status'], verbs: read },
      {
        apiGroups: ['networking.k8s.io'],
        resources: ['ingresses', 'ingresses/status', 'networkpolicies'],
        verbs: read,
      },
      {
        apiGroups: ['resource.k8s.io'],
        resources: ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates'],
        verbs: read,
      },
    ],
    'view',
  ),
  clusterRole('system:basic-user', [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ]),
  clusterRole('system:discovery', [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ]),
  clusterRole('system:monitoring', [
    {
      nonResourceURLs: [
        ...['/metrics', '/metrics/slis', '/livez', '/readyz', '/healthz'],
        ...['/livez/*', '/readyz/*', '/healthz/*', '/flagz', '/statusz'],
      ],
      verbs: ['get'],
    },
    { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
  ]),
  clusterRole('system:public-info-viewer', [
    { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
  ]),
  aggregated('view', 'edit'),
];

function bound(role: string, ...groups: readonly string[]): ClusterRoleBinding {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: metadata(role) },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: groups.map((name) => ({ apiGroup, kind: 'Group', name })),
  };
}

/** The bindings of these roles to the system groups, for example of `cluster-admin` to `system:masters`. */
export const bootstrapBindings: readonly ClusterRoleBinding[] = [
  bound('cluster-admin', 'system:masters'),
  bound('system:basic-user', 'system:authenticated'),
  bound('system:discovery', 'system:authenticated'),
  bound('system:monitoring', 'system:monitoring'),
  bound('system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'),
];
