/** The installation for named namespaces: the same rights, split into rights in a namespace and in the cluster. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { only, readText, root, type Manifest, type PolicyRule } from './manifest-files.ts';

const folder = 'manifests/overlays/namespaced';
const documents = (file: string): readonly Manifest[] =>
  parseAllDocuments(readText(join(folder, file))).map((document) => document.toJS() as Manifest);
const kustomization = (file = '') =>
  parse(readText(join(folder, file, 'kustomization.yaml'))) as {
    readonly namespace?: string;
    readonly resources: readonly string[];
    readonly patches?: readonly { readonly patch?: string }[];
  };
const grants = (rules: readonly PolicyRule[] = []): string[] =>
  rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${group}/${one}`))),
    )
    .sort();

const inNamespace = documents('in-namespace/controller-role.yaml');
const reader = documents('cluster-reader-role.yaml');

describe('The installation for named namespaces', () => {
  it('has exactly the rights of the installation for all namespaces', () => {
    const all = grants(only('ClusterRole', 'kubedirector-controller').rules);
    expect([...grants(inNamespace[0]?.rules), ...grants(reader[0]?.rules)].sort()).toEqual(all);
  });

  it('writes nothing in the whole cluster, and reads no Secrets or workloads there', () => {
    const wide = grants(reader[0]?.rules);
    expect(wide.filter((grant) => !/^(get|list|watch) /.test(grant))).toEqual([]);
    expect(wide.filter((grant) => /secrets|configmaps|pods|statefulsets|services|claims/.test(grant))).toEqual([]);
  });

  it('may record events in its own namespace, and nothing else there', () => {
    const [role, binding] = documents('system-events-role.yaml');
    expect(kustomization().resources).toContain('system-events-role.yaml');
    expect(grants(role?.rules)).toEqual(['create /events', 'patch /events']);
    expect([role?.metadata.namespace, binding?.metadata.namespace]).toEqual(['kubedirector', 'kubedirector']);
    expect(binding?.roleRef).toMatchObject({ kind: 'Role', name: role?.metadata.name });
  });

  it('deletes the ClusterRole and its binding', () => {
    const patches = kustomization().patches?.flatMap(({ patch }) => patch ?? []) ?? [];
    const deleted = patches
      .filter((patch) => patch.startsWith('$patch: delete'))
      .map((patch) => parse(patch) as Manifest);
    expect(deleted.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterRole kubedirector-controller',
      'ClusterRoleBinding kubedirector-controller',
    ]);
  });

  it('binds the Role in each namespace of the flag --namespaces', () => {
    const [operation] = parse(readText(join(folder, 'deployment-patch.yaml'))) as [{ path: string; value: string }];
    const told = operation.value.replace('--namespaces=', '').split(',');
    const places = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'in-namespace')
      .map(({ name }) => name);
    expect(places.map((place) => kustomization(place).namespace).sort()).toEqual([...told].sort());
    for (const place of places) {
      expect(kustomization().resources).toContain(place);
      expect(kustomization(place).resources).toEqual(['../in-namespace']);
    }
    expect(kustomization('in-namespace').resources).toEqual(['controller-role.yaml']);
    const [role, binding] = inNamespace;
    expect([role?.kind, binding?.kind]).toEqual(['Role', 'RoleBinding']);
    expect(binding?.roleRef).toMatchObject({ kind: 'Role', name: role?.metadata.name });
    expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'kubedirector', namespace: 'kubedirector' }]);
  });
});
