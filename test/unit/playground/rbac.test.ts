import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { createAccessRules } from '../../../src/playground/index.ts';
import { lookupIn } from '../../../src/playground/simulation/world.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;
const viewRole = (more: object = {}) => ({ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...more });

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster();
});
afterEach(() => {
  cluster.stop();
});

const as = (name: string, ...groups: string[]): CallContext => ({ ...admin, user: { name, groups } });
const joe = as('joe', 'system:authenticated');

const registry = (plural: string): ResourceRegistry => lookupIn(cluster.registries).registry(group, plural);
const kinds: Readonly<Record<string, string>> = {
  roles: 'Role',
  clusterroles: 'ClusterRole',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
};
function create(plural: string, name: string, rest: object, context: CallContext = admin): Promise<unknown> {
  const namespace = plural.startsWith('cluster') ? '' : 'default';
  const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
  const object = { apiVersion, kind: kinds[plural] ?? '', metadata, ...rest } as KubeObject;
  return registry(plural).create(context, namespace, object);
}
const change = (plural: string, name: string, rest: object, context: CallContext = admin): Promise<unknown> =>
  registry(plural).update(context, { namespace: plural.startsWith('cluster') ? '' : 'default', name }, (now) => ({
    ...(now as KubeObject),
    ...rest,
  }));
const binding = (role: string, ...users: string[]) => ({
  roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
  subjects: users.map((name) => ({ kind: 'User', name, apiGroup: group })),
});

async function may(context: CallContext, verb: string, resource: string, namespace: string, name = '') {
  const asked = { group: '', version: 'v1', resource, subresource: '', namespace, name };
  const { authorizer } = createAccessRules(lookupIn(cluster.registries));
  return authorizer.authorize({ user: context.user, verb, resource: asked });
}
const settled = (role: string) =>
  expect.poll(() => JSON.stringify(registry('clusterroles').cache.get('', role)?.object ?? {}));

describe('Role-based access control in the playground', () => {
  it('allows nothing until a role is bound to the user, and then gives the binding as the reason', async () => {
    expect(await may(joe, 'get', 'pods', 'default')).toEqual({ allowed: false, reason: '' });
    await create('roles', 'look', { rules: [viewRole()] });
    await create('rolebindings', 'look', {
      roleRef: { kind: 'Role', name: 'look' },
      subjects: [{ kind: 'User', name: 'joe' }],
    });
    expect(await may(joe, 'get', 'pods', 'default')).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "look/default" of Role "look" to User "joe"',
    });
    expect(await may(joe, 'get', 'pods', 'other')).toMatchObject({ allowed: false });
    expect(await may(joe, 'get', 'pods', '')).toMatchObject({ allowed: false });
  });

  it('allows groups and service accounts, by default those in the namespace of the binding', async () => {
    await create('clusterroles', 'look', { rules: [viewRole()] });
    const roleRef = { kind: 'ClusterRole', name: 'look' };
    const subjects = [
      { kind: 'Group', name: 'staff' },
      { kind: 'ServiceAccount', name: 'robot' },
    ];
    await create('rolebindings', 'look', { roleRef, subjects });
    expect(await may(as('ann', 'staff'), 'get', 'pods', 'default')).toMatchObject({ allowed: true });
    expect(await may(as('staff'), 'get', 'pods', 'default')).toMatchObject({ allowed: false });
    expect(await may(as('system:serviceaccount:default:robot'), 'get', 'pods', 'default')).toMatchObject({
      allowed: true,
    });
    expect(await may(as('system:serviceaccount:other:robot'), 'get', 'pods', 'default')).toMatchObject({
      allowed: false,
    });
  });

  it('gives the missing role of a binding as the reason', async () => {
    await create('clusterrolebindings', 'lost', binding('nowhere', 'joe'));
    expect(await may(joe, 'get', 'pods', '')).toEqual({
      allowed: false,
      reason: `RBAC: clusterrole.${group} "nowhere" not found`,
    });
  });

  it('aggregates labelled ClusterRoles into view, edit and admin, also after changes', async () => {
    await settled('view').toContain('kubedirectorclusters');
    await settled('admin').toContain('kubedirectorclusters/authtoken');
    await settled('admin').toContain('rolebindings');
    expect(JSON.stringify(registry('clusterroles').cache.get('', 'view')?.object)).not.toContain('secrets');
    const metadata = { name: 'mine', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } };
    await create('clusterroles', 'mine', { metadata, rules: [viewRole({ resources: ['gadgets'] })] });
    await settled('view').toContain('gadgets');
    await settled('edit').toContain('gadgets');
    await registry('clusterroles').delete(admin, { namespace: '', name: 'mine' });
    await settled('edit').not.toContain('gadgets');
    await settled('view').not.toContain('gadgets');
  });

  it('does not let users grant rights that they do not have', async () => {
    await settled('admin').toContain('kubedirectorclusters/authtoken');
    await create('rolebindings', 'joe', binding('admin', 'joe'));
    await create('roles', 'fine', { rules: [viewRole()] }, joe);
    const held =
      'user "joe" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';
    await expect(
      create('roles', 'more', { rules: [viewRole({ resources: ['nodes'], verbs: ['get', 'list'] })] }, joe),
    ).rejects.toThrow(
      `roles.${group} "more" is forbidden: ${held}{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}`,
    );
    await expect(change('roles', 'fine', { rules: [viewRole({ verbs: ['*'] })] }, joe)).rejects.toThrow(held);
    await expect(create('rolebindings', 'more', binding('cluster-admin', 'joe'), joe)).rejects.toThrow(
      `rolebindings.${group} "more" is forbidden: ${held}{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}`,
    );
    await expect(create('rolebindings', 'more', binding('nowhere', 'joe'), joe)).rejects.toThrow(
      `rolebindings.${group} "nowhere" not found`,
    );
    await create('rolebindings', 'shared', binding('edit', 'ann'), joe);
  });

  it('lets users grant more rights if they may escalate or bind', async () => {
    await create('roles', 'bold', {
      rules: [
        viewRole({ apiGroups: [group], resources: ['roles'], verbs: ['escalate'] }),
        viewRole({
          apiGroups: [group],
          resources: ['clusterroles'],
          verbs: ['bind'],
          resourceNames: ['cluster-admin'],
        }),
      ],
    });
    await create('rolebindings', 'bold', { ...binding('bold', 'joe'), roleRef: { kind: 'Role', name: 'bold' } });
    await create('roles', 'more', { rules: [viewRole({ resources: ['nodes'] })] }, joe);
    await create('rolebindings', 'more', binding('cluster-admin', 'joe'), joe);
    await expect(create('clusterrolebindings', 'more', binding('cluster-admin', 'joe'), as('ann'))).rejects.toThrow(
      'not currently held',
    );
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    await expect(create('clusterroles', 'sum', { aggregationRule }, as('ann'))).rejects.toThrow(
      'must have cluster-admin privileges to use the aggregationRule',
    );
  });

  it('lets the subjects of a binding change, but not its role', async () => {
    await create('clusterrolebindings', 'one', binding('view', 'joe'));
    await change('clusterrolebindings', 'one', { subjects: binding('view', 'ann').subjects });
    await expect(change('clusterrolebindings', 'one', { roleRef: binding('edit').roleRef })).rejects.toThrow(
      /roleRef: Invalid value: .*: field is immutable/,
    );
  });

  it('refuses invalid objects with the messages of kube-apiserver', async () => {
    const subjects = [
      { kind: 'X', name: '' },
      { kind: 'User', name: 'u', apiGroup: 'y' },
      { kind: 'ServiceAccount', name: 'A_' },
    ];
    const bad = create('clusterrolebindings', 'zz', { roleRef: { apiGroup: 'x', kind: 'Role', name: '%' }, subjects });
    await expect(bad).rejects.toThrow(`roleRef.apiGroup: Unsupported value: "x": supported values: "${group}"`);
    for (const message of [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      `roleRef.name: Invalid value: "%": may not contain '%'`,
      'subjects[0].kind: Unsupported value: "X": supported values: "ServiceAccount", "User", "Group"',
      'subjects[0].name: Required value',
      `subjects[1].apiGroup: Unsupported value: "y": supported values: "${group}"`,
      'subjects[2].name: Invalid value: "A_": a lowercase RFC 1123 subdomain',
      'subjects[2].namespace: Required value',
    ]) {
      await expect(bad).rejects.toThrow(message);
    }
    const rules = [{ verbs: [] }, { verbs: ['get'], nonResourceURLs: ['/a'], resources: ['x'] }];
    const role = create('clusterroles', 'zz', { rules, aggregationRule: {} });
    for (const message of [
      'rules[0].verbs: Required value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
      'rules[1].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]) {
      await expect(role).rejects.toThrow(message);
    }
    await expect(create('roles', 'zz', { rules: [{ verbs: ['get'], nonResourceURLs: ['/a'] }] })).rejects.toThrow(
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
    );
    await create('clusterroles', 'system:a:b', { rules: [] });
  });
});
