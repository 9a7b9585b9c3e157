/** Generated from manifests/base/user-roles.yaml by tools/generate.ts. */
import type { ClusterRole } from '../kinds.ts';

export const userRoles: readonly ClusterRole[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'kubedirector-view', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: [
          'kubedirectorapps',
          'kubedirectorbackups',
          'kubedirectorclusters',
          'kubedirectorconfigs',
          'kubedirectorendpoints',
          'kubedirectorroles',
          'kubedirectorstatusbackups',
        ],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: [
          'kubedirectorbackups/status',
          'kubedirectorclusters/endpoints',
          'kubedirectorclusters/log',
          'kubedirectorclusters/scale',
          'kubedirectorclusters/status',
          'kubedirectorconfigs/status',
          'kubedirectorroles/scale',
        ],
        verbs: ['get'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'kubedirector-edit', labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
    rules: [
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: ['kubedirectorapps', 'kubedirectorbackups', 'kubedirectorclusters'],
        verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      },
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: ['kubedirectorclusters/scale', 'kubedirectorroles/scale'],
        verbs: ['update', 'patch'],
      },
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: [
          'kubedirectorclusters/restart',
          'kubedirectorclusters/resume',
          'kubedirectorclusters/suspend',
          'kubedirectorroles/restart',
        ],
        verbs: ['create'],
      },
      { apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorclusters/plan'], verbs: ['create'] },
      { apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorclusters/authtoken'], verbs: ['get'] },
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: ['kubedirectorendpoints/proxy'],
        verbs: ['get', 'create', 'update', 'patch', 'delete'],
      },
      { apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorbackups/data'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'kubedirector-connect' },
    rules: [
      { apiGroups: ['kubedirector.hpe.com'], resources: ['kubedirectorendpoints'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: ['kubedirectorendpoints/proxy'],
        verbs: ['get', 'create', 'update', 'patch', 'delete'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'kubedirector-admin', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
    rules: [
      {
        apiGroups: ['kubedirector.hpe.com'],
        resources: ['kubedirectorconfigs', 'kubedirectorstatusbackups'],
        verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      },
    ],
  },
];
