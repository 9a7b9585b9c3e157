import { describe, expect, it } from 'vitest';
import { kubedirectorResources } from '../../../src/apis/kubedirector/schemas.gen.ts';
import { manifests, ofKind, only, type PolicyRule } from './manifest-files.ts';

const group = 'kubedirector.hpe.com';
const plurals = Object.values(kubedirectorResources).map(({ plural }) => plural);
const rulesOf = (kind: string, name: string): readonly PolicyRule[] => only(kind, name).rules ?? [];

/** The rights in our group, or in another one, as "verb resource". */
function grants(rules: readonly PolicyRule[], ofGroup = group): string[] {
  return rules
    .filter(({ apiGroups }) => apiGroups.includes(ofGroup))
    .flatMap(({ verbs, resources }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));
}

const view = grants(rulesOf('ClusterRole', 'kubedirector-view'));
const edit = grants(rulesOf('ClusterRole', 'kubedirector-edit'));
const admin = grants(rulesOf('ClusterRole', 'kubedirector-admin'));
const controller = rulesOf('ClusterRole', 'kubedirector-controller');

describe('Roles', () => {
  it('use no wildcards for verbs, resources or groups', () => {
    const rules = manifests.flatMap((manifest) => manifest.rules ?? []);
    expect(rules.length).toBeGreaterThan(10);
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    expect(words.filter((word) => word.includes('*'))).toEqual([]);
  });

  it('are bound only to the service account of the program, and each bound role exists', () => {
    const bindings = [...ofKind('RoleBinding'), ...ofKind('ClusterRoleBinding')];
    const account = only('ServiceAccount', 'kubedirector').metadata;
    const ofKubernetes = ['system:auth-delegator', 'extension-apiserver-authentication-reader'];
    expect(bindings.length).toBe(6);
    for (const { roleRef, subjects } of bindings) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]);
      if (roleRef === undefined) throw new Error('a binding has no role');
      if (!ofKubernetes.includes(roleRef.name)) expect(only(roleRef.kind, roleRef.name).rules).toBeDefined();
    }
  });
});

describe('The rights of users', () => {
  it('are aggregated into the ClusterRoles view, edit and admin', () => {
    for (const role of ['view', 'edit', 'admin']) {
      const labels = only('ClusterRole', `kubedirector-${role}`).metadata.labels;
      expect(labels).toEqual({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' });
    }
  });

  it('let viewers read every resource, but change none', () => {
    for (const plural of plurals) {
      expect(view).toEqual(expect.arrayContaining([`get ${plural}`, `list ${plural}`, `watch ${plural}`]));
    }
    expect(view.filter((grant) => !/^(get|list|watch) /.test(grant))).toEqual([]);
  });

  it('show auth tokens to editors, not to viewers', () => {
    expect(view.filter((grant) => grant.includes('authtoken'))).toEqual([]);
    expect(edit).toContain('get kubedirectorclusters/authtoken');
  });

  it('let editors and those of kubedirector-connect connect to members, but no viewers', () => {
    const all = ['get', 'create', 'update', 'patch', 'delete'].map((verb) => `${verb} kubedirectorendpoints/proxy`);
    expect(edit).toEqual(expect.arrayContaining(all));
    const read = ['get', 'list', 'watch'].map((verb) => `${verb} kubedirectorendpoints`);
    expect(grants(rulesOf('ClusterRole', 'kubedirector-connect')).sort()).toEqual([...all, ...read].sort());
    expect(view.filter((grant) => grant.includes('proxy'))).toEqual([]);
  });

  it('let no user read the master key or write status', () => {
    const all = [...view, ...edit, ...admin];
    expect(all.filter((grant) => grant.includes('masterkey'))).toEqual([]);
    expect(all.filter((grant) => grant.endsWith('/status') && !grant.startsWith('get '))).toEqual([]);
  });

  it('let editors write and scale apps and clusters, and let only admins write config and status backups', () => {
    const written = (grants: readonly string[]): string[] =>
      [
        ...new Set(
          grants.filter((grant) => !/^(get|list|watch) /.test(grant)).map((grant) => grant.split(' ')[1] ?? ''),
        ),
      ].sort();
    expect(written(edit)).toEqual([
      'kubedirectorapps',
      'kubedirectorbackups',
      'kubedirectorclusters',
      'kubedirectorclusters/plan',
      'kubedirectorclusters/restart',
      'kubedirectorclusters/resume',
      'kubedirectorclusters/scale',
      'kubedirectorclusters/suspend',
      'kubedirectorendpoints/proxy',
      'kubedirectorroles/restart',
      'kubedirectorroles/scale',
    ]);
    expect(written(admin)).toEqual(['kubedirectorconfigs', 'kubedirectorstatusbackups']);
  });
});

describe('The rights of the controller', () => {
  it('allow writing only the parts of clusters, events, and the status of quotas', () => {
    const writes = controller.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
    expect(writes.flatMap(({ resources }) => resources).sort()).toEqual([
      'events',
      'kubedirectorbackups/finalizers',
      'kubedirectorclusters/finalizers',
      'persistentvolumeclaims',
      'poddisruptionbudgets',
      'pods',
      'pods/eviction',
      'pods/exec',
      'pods/resize',
      'resourcequotas/status',
      'services',
      'statefulsets',
      'volumesnapshots',
    ]);
  });

  it('allow listing and writing events, but not watching them', () => {
    const ofEvents = grants(controller, '').filter((grant) => grant.endsWith(' events'));
    expect(ofEvents).toEqual(['list events', 'create events', 'patch events']);
  });

  it('allow a WebSocket to pods/exec before and after Kubernetes 1.35', () => {
    expect(grants(controller, '')).toEqual(expect.arrayContaining(['get pods/exec', 'create pods/exec']));
  });

  it('allow ownerReferences that block the deletion of their owner', () => {
    expect(grants(controller)).toEqual([
      'update kubedirectorbackups/finalizers',
      'update kubedirectorclusters/finalizers',
    ]);
  });

  it('allow watching webhooks, admission policies and namespaces, and reading the Services of webhooks', () => {
    const verbs = ['list', 'watch'];
    const kinds = [
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
      'mutatingwebhookconfigurations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'validatingwebhookconfigurations',
    ];
    const wanted = kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`));
    expect(grants(controller, 'admissionregistration.k8s.io').sort()).toEqual(wanted.sort());
    const needed = ['get services', 'get namespaces', 'list namespaces', 'watch namespaces'];
    expect(grants(controller, '')).toEqual(expect.arrayContaining(needed));
  });

  it('allow neither creating pods directly nor granting rights', () => {
    expect(grants(controller, '')).not.toContain('create pods');
    const all = controller.flatMap(({ apiGroups, verbs, resources }) => [...apiGroups, ...verbs, ...resources]);
    expect(all).not.toContain('rbac.authorization.k8s.io');
    expect(all).not.toContain('impersonate');
    expect(all).not.toContain('serviceaccounts/token');
  });

  it('allow changing only one Secret of its namespace, and its own APIService', () => {
    const updates = rulesOf('Role', 'kubedirector-own-certificate').filter(({ verbs }) => verbs.includes('update'));
    expect(updates.map(({ resourceNames }) => resourceNames)).toEqual([['kubedirector-serving']]);
    const [apiServices, ...others] = rulesOf('ClusterRole', 'kubedirector-own-certificate');
    expect(others).toEqual([]);
    expect(apiServices?.resourceNames).toEqual([only('APIService', 'v1beta1.kubedirector.hpe.com').metadata.name]);
  });
});
