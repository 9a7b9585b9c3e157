/** Expected texts are those of kube-apiserver 1.37. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod, PodSpec, StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import { violations, type Level } from '../../../src/playground/pod-security/violations.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

const containers = [{ name: 'app', image: 'i' }];
const security = {
  ...{ allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
  seccompProfile: { type: 'RuntimeDefault' as const },
};
const restricted = [{ name: 'app', image: 'i', securityContext: security }];
const plain = [
  'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
  'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])',
  'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)',
  'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
].join(', ');

describe('A pod', () => {
  it.each<[what: string, level: Level, spec: Partial<PodSpec>, found: string]>([
    ['without any word on security', 'privileged', { hostNetwork: true }, ''],
    ['without any word on security', 'baseline', {}, ''],
    ['without any word on security', 'restricted', {}, plain],
    ['that asks for what is needed', 'restricted', { containers: restricted }, ''],
    [
      'with an init container of root',
      'restricted',
      {
        containers: restricted,
        initContainers: [{ name: 'init', image: 'i', securityContext: { ...security, runAsUser: 0 } }],
      },
      'runAsUser=0 (container "init" must not set runAsUser=0)',
    ],
    [
      'with host paths',
      'baseline',
      {
        volumes: [
          { name: 'a', hostPath: { path: '/a' } },
          { name: 'b', hostPath: { path: '/b' } },
        ],
      },
      'hostPath volumes (volumes "a", "b")',
    ],
    [
      'with a host path',
      'restricted',
      { containers: restricted, volumes: [{ name: 'a', hostPath: { path: '/a' } }] },
      'restricted volume types (volume "a" uses restricted volume type "hostPath")',
    ],
    [
      'with capabilities',
      'baseline',
      {
        containers: [
          { name: 'app', image: 'i', securityContext: { capabilities: { add: ['SYS_TIME', 'CHOWN', 'BPF'] } } },
        ],
      },
      'non-default capabilities (container "app" must not include "BPF", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    [
      'with capabilities',
      'restricted',
      { containers: [{ name: 'app', image: 'i', securityContext: { ...security, capabilities: { add: ['CHOWN'] } } }] },
      'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]; container "app" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'with several faults',
      'baseline',
      {
        ...{ hostNetwork: true, hostPID: true },
        securityContext: { seccompProfile: { type: 'Unconfined' }, sysctls: [{ name: 'kernel.msgmax', value: '1' }] },
        containers: [
          {
            name: 'app',
            image: 'i',
            securityContext: { privileged: true },
            ports: [{ containerPort: 1, hostPort: 1 }],
          },
        ],
      },
      'host namespaces (hostNetwork=true, hostPID=true), hostPort (container "app" uses hostPort 1), privileged (container "app" must not set securityContext.privileged=true), seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined"), forbidden sysctls (kernel.msgmax)',
    ],
    [
      'of a type of SELinux',
      'baseline',
      { securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } },
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'that says no to non-root',
      'restricted',
      { containers: restricted, securityContext: { runAsNonRoot: false } },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
  ])('%s, in %s', (_what, level, spec, found) => {
    expect(violations({ containers, ...spec }, level)).toBe(found);
  });
});

describe('A namespace with a level', () => {
  let cluster: TestCluster;
  afterEach(() => cluster.stop());
  const namespace = (labels: Record<string, string>) =>
    cluster.native.namespaces.create(admin, '', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels },
    });
  const pod = (spec: PodSpec): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', namespace: 'strict' },
    spec,
  });

  it('refuses pods, and admits those that are as it wants them', async () => {
    cluster = await startCluster({ simulate: false });
    await namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const create = (spec: PodSpec) => cluster.native.pods.create(admin, 'strict', pod(spec));
    await expect(create({ containers })).rejects.toMatchObject({
      ...{ code: 403, reason: 'Forbidden' },
      message: `pods "one" is forbidden: violates PodSecurity "restricted:latest": ${plain}`,
    });
    expect((await create({ containers: restricted })).created).toBe(true);
  });

  it('takes a level that does not exist for the strictest', async () => {
    cluster = await startCluster({ simulate: false });
    await namespace({ 'pod-security.kubernetes.io/enforce': 'strong' });
    await expect(cluster.native.pods.create(admin, 'strict', pod({ containers }))).rejects.toThrow(
      '"restricted:latest"',
    );
  });

  it('warns of StatefulSets, whose controller tells why they get no pods', async () => {
    cluster = await startCluster();
    await namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const warnings: string[] = [];
    const labels = { a: 'b' };
    const set: StatefulSet = {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'set', namespace: 'strict' } },
      spec: {
        serviceName: 's',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    await cluster.native.statefulSets.create({ ...admin, warn: (text) => void warnings.push(text) }, 'strict', set);
    expect(warnings).toEqual([`would violate PodSecurity "restricted:latest": ${plain}`]);
    await vi.waitFor(() => {
      expect(cluster.events().map(({ reason, message }) => [reason, message])).toContainEqual([
        'FailedCreate',
        `Create Pod set-0 in StatefulSet set failed error: pods "set-0" is forbidden: violates PodSecurity "restricted:latest": ${plain}`,
      ]);
    });
    // As the controller reads it, to tell it in the conditions of a cluster.
    const about = (name: string, uid?: string) =>
      cluster.playground.native.eventReader?.about({
        kind: 'StatefulSet',
        namespace: 'strict',
        name,
        ...(uid && { uid }),
      });
    expect((await about('set'))?.[0]).toMatchObject({ type: 'Warning', reason: 'FailedCreate' });
    expect([await about('other'), await about('set', 'of another')]).toEqual([[], []]);
  });
});
