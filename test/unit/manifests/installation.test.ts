import { describe, expect, it } from 'vitest';
import { addedToDeployment, manifests, ofKind, only, readText, unusedFiles } from './manifest-files.ts';

const namespace = 'kubedirector';
const ofCluster = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'APIService']);
const uninstall = readText('manifests/uninstall.sh');

describe('The installation', () => {
  it('uses every file of its folders', () => {
    expect(unusedFiles()).toEqual([]);
  });

  it('has only one object of each kind and name', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is in its namespace, except for the RoleBinding in kube-system for delegated authentication', () => {
    expect(ofKind('Namespace').map(({ metadata }) => metadata.name)).toEqual([namespace]);
    const elsewhere = manifests.filter(
      ({ kind, metadata }) => !ofCluster.has(kind) && metadata.namespace !== namespace,
    );
    expect(elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual([
      'RoleBinding kube-system',
    ]);
  });

  it('registers its Service, does not skip the verification of TLS, and does not set the caBundle', () => {
    const { spec } = only('APIService', 'v1beta1.kubedirector.hpe.com');
    const service = only('Service', 'kubedirector');
    expect(spec).toMatchObject({ group: 'kubedirector.hpe.com', version: 'v1beta1' });
    expect(spec['service']).toEqual({
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      port: (service.spec['ports'] as { port: number }[])[0]?.port,
    });
    expect(Object.keys(spec)).not.toContain('caBundle');
    expect(Object.keys(spec)).not.toContain('insecureSkipTLSVerify');
  });

  it('asks cert-manager for a certificate with the name that kube-apiserver expects, and mounts its Secret', () => {
    const { spec, metadata } = only('Certificate', 'kubedirector');
    const service = only('Service', 'kubedirector').metadata;
    expect(spec['dnsNames']).toContain(`${service.name}.${service.namespace ?? ''}.svc`);
    const [volume] = addedToDeployment('cert-manager', 'volumes') as { secret: { secretName: string } }[];
    expect(volume?.secret.secretName).toBe(spec['secretName']);
    const patch = readText('manifests/overlays/cert-manager/api-service-patch.yaml');
    expect(patch).toContain(`cert-manager.io/inject-ca-from: ${metadata.namespace ?? ''}/${metadata.name}\n`);
  });

  it('keeps the key of the CA of cert-manager, so that certificates are valid before and after its renewal', () => {
    expect(only('Certificate', 'kubedirector-ca').spec['privateKey']).toMatchObject({ rotationPolicy: 'Never' });
  });

  it('allows only restricted pods in its namespace', () => {
    expect(only('Namespace', namespace).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });
});

describe('Uninstalling', () => {
  it('names every object of the installation that is outside of its namespace', () => {
    const outside = manifests.filter(({ kind, metadata }) => ofCluster.has(kind) || metadata.namespace !== namespace);
    expect(outside.length).toBeGreaterThan(8);
    for (const { metadata } of outside) expect(uninstall).toMatch(new RegExp(`[= ']${metadata.name}[\\s']`));
  });

  it('removes every object in the namespace, except for the PersistentVolumeClaim', () => {
    const inside = manifests.filter(({ metadata }) => metadata.namespace === namespace);
    expect(inside.length).toBeGreaterThan(8);
    const kept = inside.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
    expect(kept).toEqual(['kubedirector-data']);
    const removals = uninstall.split('\n').filter((line) => line.trimStart().startsWith('remove '));
    for (const { kind, metadata } of inside) {
      const isRemoved = removals.some(
        (line) =>
          new RegExp(`[ ,]${kind.toLowerCase()}s?[., ]`).test(line) && new RegExp(` ${metadata.name}( |$)`).test(line),
      );
      expect([kind, isRemoved]).toEqual([kind, kind !== 'PersistentVolumeClaim']);
    }
  });
});
