/** What a role says becomes a pod template. */
import { describe, expect, test } from 'vitest';
import type { ClusterRole, KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import { statefulSet } from '../../../src/controller/plan/objects/stateful-set.ts';
import { sampleApp } from '../../controller/support/samples.ts';
import { context, podOf, role } from './objects-fixture.ts';

describe('the pod template', () => {
  test('shares memory, mounts secrets and projected volumes as asked', () => {
    const { pod, app } = podOf(
      role((spec) => {
        spec.sharedMemory = '1024Mi';
        spec.secret = { name: 's', mountPath: '/s', defaultMode: 256 };
        spec.volumeProjections = [{ pvcName: 'c', mountPath: '/c', readOnly: true }];
      }),
    );
    expect(pod.volumes).toEqual(
      expect.arrayContaining([
        { name: 'shmem', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
        { name: 'secret-vol-s', secret: { secretName: 's', defaultMode: 256 } },
        { name: 'projected-vol-0', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
      ]),
    );
    expect(app.volumeMounts).toEqual(
      expect.arrayContaining([
        { name: 'shmem', mountPath: '/dev/shm' },
        { name: 'secret-vol-s', mountPath: '/s' },
        { name: 'projected-vol-0', mountPath: '/c', readOnly: true },
      ]),
    );
  });

  test('has one volume for each path, also where the app keeps a temporary directory', () => {
    const app = sampleApp();
    for (const one of app.spec.roles)
      Object.assign(one, { configPackage: null, persistDirs: ['/tmp', '/run/', '/data'] });
    const paths = (storage: ClusterRole['storage']) =>
      podOf(role((spec) => Object.assign(spec, { storage }), app)).app.volumeMounts?.map(
        ({ mountPath, name }) => `${mountPath} ${name}`,
      );
    expect(paths({ size: '1Gi' })).toEqual(['/etc p', '/tmp p', '/run p', '/data p', '/run/lock tmpfs-run-lock']);
    expect(paths(undefined)).toEqual(['/tmp tmpfs-tmp', '/run tmpfs-run', '/run/lock tmpfs-run-lock']);
  });

  test('has what a disk cannot be in the place of also where the app keeps that directory', () => {
    const app = sampleApp();
    const persistDirs = ['/dev/shm', '/sys/fs/cgroup/systemd'];
    for (const one of app.spec.roles) Object.assign(one, { configPackage: null, persistDirs });
    const resolved = role((spec) => Object.assign(spec, { storage: { size: '1Gi' }, sharedMemory: '1Mi' }), app);
    const mounts = podOf(resolved, context({ mountsCgroups: true })).app.volumeMounts ?? [];
    const nameAt = (path: string) => mounts.filter(({ mountPath }) => mountPath === path).map(({ name }) => name);
    expect(nameAt('/dev/shm')).toEqual(['shmem']);
    expect(nameAt('/sys/fs/cgroup/systemd')).toEqual(['systemd']);
  });

  test('names the volume of a Secret as volumes may be named, whatever the Secret is called', () => {
    const name = (secret: string) => {
      const { pod, app } = podOf(role((spec) => (spec.secret = { name: secret, mountPath: '/s' })));
      const volume = pod.volumes?.find((one) => one.secret?.secretName === secret)?.name;
      expect(app.volumeMounts?.find(({ mountPath }) => mountPath === '/s')?.name).toBe(volume);
      return volume ?? '';
    };
    expect(name('plain-1')).toBe('secret-vol-plain-1');
    const long = 'a'.repeat(53);
    for (const secret of ['my.cert.example', long, `${long}.${long}`]) {
      expect(name(secret)).toMatch(/^secret-vol-[a-z0-9][a-z0-9-]*[a-z0-9]$/);
      expect(name(secret).length).toBeLessThanOrEqual(63);
    }
    expect(name('a.b')).not.toBe(name('a-b'));
    expect(name(`${long}x`)).not.toBe(name(`${long}y`));
  });

  test("mounts the control groups only where systemd needs the host's", () => {
    const names = (mountsCgroups: boolean) =>
      podOf(
        role(() => undefined),
        context({ mountsCgroups }),
      ).pod.volumes?.map(({ name }) => name);
    expect(names(true)).toEqual(expect.arrayContaining(['cgroupfs', 'systemd']));
    expect(names(false)).not.toContain('cgroupfs');
  });

  test.each<[object, object | undefined, boolean]>([
    [{}, undefined, false],
    [{ 'nvidia.com/gpu': '1' }, undefined, true],
    [{ 'nvidia.com/gpu': 1 }, { 'nvidia.com/gpu': 1 }, true],
    [{ 'nvidia.com/gpu': '0' }, { 'nvidia.com/gpu': '0' }, false],
    [{ 'nvidia.com/gpu': 0 }, undefined, false],
    [{ 'nvidia.com/gpu': '0m' }, undefined, false],
    [{}, { 'nvidia.com/gpu': '0' }, false],
    [{ 'nvidia.com/mig-1g.5gb': '0' }, undefined, false],
    [{ 'nvidia.com/mig-1g.5gb': '0', 'nvidia.com/gpu': '2' }, undefined, true],
    [{ 'amd.com/gpu': '1' }, undefined, false],
  ])('shows GPUs to members with limits %j and requests %j: %s', (limits, requests, isShown) => {
    const { app } = podOf(
      role((spec) => {
        Object.assign(spec.resources.limits, limits);
        if (requests !== undefined) spec.resources.requests = { ...requests };
      }),
    );
    const visible = app.env?.find(({ name }) => name === 'NVIDIA_VISIBLE_DEVICES')?.value;
    expect(visible).toBe(isShown ? undefined : 'void');
  });

  test('mounts a service account token only with a service account', () => {
    expect(podOf(role(() => undefined)).pod.automountServiceAccountToken).toBe(false);
    const { pod } = podOf(role((spec) => (spec.serviceAccountName = 'me')));
    expect(pod).toMatchObject({ automountServiceAccountToken: true, serviceAccountName: 'me' });
  });

  test('writes quantities as Kubernetes will store them', () => {
    const { app } = podOf(
      role((spec) => (spec.resources = { limits: { cpu: 1.5, memory: '1024Mi' }, requests: { cpu: '0.5' } })),
    );
    expect(app.resources).toEqual({ limits: { cpu: '1500m', memory: '1Gi' }, requests: { cpu: '500m' } });
  });

  test('has the affinity of the role', () => {
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] } };
    const resolved = role((spec) => {
      spec.affinity = affinity;
    });
    expect(podOf(resolved).pod.affinity).toEqual(affinity);
    expect(podOf(role(() => undefined)).pod).not.toHaveProperty('affinity');
  });

  test('has block devices with a claim each', () => {
    const resolved = role((spec) => {
      delete spec.storage;
      spec.blockStorage = { storageClassName: 'fast', pathPrefix: '/dev/xvd', numDevices: 2 };
    });
    expect(podOf(resolved).app.volumeDevices).toEqual([
      { name: 'b0', devicePath: '/dev/xvd0' },
      { name: 'b1', devicePath: '/dev/xvd1' },
    ]);
    const { volumeClaimTemplates } = statefulSet(context(), resolved, { name: 'x', replicas: 1 }).spec;
    expect(
      volumeClaimTemplates?.map(({ metadata, spec }) => [metadata?.name, spec?.volumeMode, spec?.resources]),
    ).toEqual([
      ['b0', 'Block', { requests: { storage: '1Gi' } }],
      ['b1', 'Block', { requests: { storage: '1Gi' } }],
    ]);
    expect(podOf(resolved).pod).not.toHaveProperty('initContainers');
  });

  test("lets the global config's labels win over the role's, and neither over ours", () => {
    const resolved = role((spec) => {
      spec.podLabels = { a: 'role', b: 'role', 'kubedirector.hpe.com/role': 'fake' };
      spec.podAnnotations = { a: 'role' };
    });
    const config = { podLabels: { a: 'config' }, podAnnotations: { a: 'config' } };
    const { metadata } = podOf(resolved, context({ config }));
    expect(metadata?.labels).toMatchObject({ a: 'config', b: 'role', 'kubedirector.hpe.com/role': 'head' });
    expect(metadata?.annotations).toMatchObject({ a: 'config' });
  });
});

describe('what a role says of scheduling and security', () => {
  const asked = {
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'gpu', operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
    priorityClassName: 'high',
  } as const satisfies Partial<ClusterRole>;

  test('is in its pods', () => {
    const podSecurityContext = { fsGroup: 7 };
    const change = (spec: ClusterRole) => Object.assign(spec, asked, { podSecurityContext, storage: { size: '1Gi' } });
    const { pod } = podOf(role(change));
    expect(pod).toMatchObject({ ...asked, securityContext: podSecurityContext });
    // It copies files as root, whoever the others are.
    expect(pod.initContainers?.[0]?.securityContext).toEqual({ runAsUser: 0 });
  });

  test('is in its container, together with the capabilities of the app', () => {
    const capabilities = { add: ['SYS_TIME', 'NET_ADMIN'], drop: ['MKNOD'] };
    const resolved = role((spec) => (spec.securityContext = { runAsUser: 5, capabilities }));
    expect(podOf(resolved).app.securityContext).toEqual({ runAsUser: 5, capabilities });
    expect(podOf(resolved, context({ capabilities: ['SYS_PTRACE', 'SYS_TIME'] })).app.securityContext).toEqual({
      runAsUser: 5,
      capabilities: { add: ['SYS_PTRACE', 'SYS_TIME', 'NET_ADMIN'], drop: ['MKNOD'] },
    });
  });

  test('is completed by what its app says, field by field', () => {
    const app = sampleApp();
    Object.assign(app.spec.roles[0] ?? {}, {
      podSecurityContext: { runAsUser: 5, fsGroup: 6 },
      securityContext: { allowPrivilegeEscalation: false },
    });
    const change = (spec: ClusterRole) => Object.assign(spec, { podSecurityContext: { fsGroup: 7 } });
    const { pod, app: container } = podOf(role(change, app));
    expect(pod.securityContext).toEqual({ runAsUser: 5, fsGroup: 7 });
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false });
  });

  test('is not there where it says nothing', () => {
    const { pod, app } = podOf(role(() => undefined));
    for (const field of [...Object.keys(asked), 'securityContext']) expect(pod).not.toHaveProperty(field);
    expect(app).not.toHaveProperty('securityContext');
  });
});

describe('a role with its setup package in an image', () => {
  const inImage = sampleApp();
  const packageURL = 'oci://registry.example.com/packages/app@sha256:' + 'a'.repeat(64);
  Object.assign(inImage.spec.roles[0] ?? {}, { configPackage: { packageURL } });
  const podWith = (app: KubeDirectorApp) => podOf(role(() => undefined, app));

  test('has the image mounted, read-only, beside what it has anyway', () => {
    const { pod, app } = podWith(inImage);
    expect(pod.volumes?.filter(({ image }) => image !== undefined)).toEqual([
      { name: 'package', image: { reference: packageURL.replace('oci://', '') } },
    ]);
    const mounts = app.volumeMounts?.filter(({ name }) => name === 'package');
    expect(mounts).toEqual([{ name: 'package', mountPath: '/run/kubedirector/package', readOnly: true }]);
    const other = structuredClone(inImage);
    Object.assign(other.spec.roles[0]?.configPackage ?? {}, { packageURL: 'https://example.com/a.tgz' });
    const without = podWith(other);
    expect(without.pod.volumes).toEqual(pod.volumes?.filter(({ name }) => name !== 'package'));
  });
});

describe('a role whose members may not be root', () => {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const rootless = (change: Partial<ClusterRole> = {}) =>
    podOf(
      role((spec) => {
        delete spec.storage;
        Object.assign(spec, { podSecurityContext: { runAsUser: 1000 }, securityContext }, change);
      }, withPackage),
    );
  const withPackage = sampleApp();
  Object.assign(withPackage.spec.roles[0] ?? {}, { configPackage: { packageURL: 'file:///opt/x.tgz' } });
  const written = ['/etc/guestconfig', '/opt/guestconfig', '/var/log/guestconfig'];

  test('has volumes where its set-up writes, and its search list from its pod', () => {
    const { pod, app } = rootless();
    const empty = new Set(pod.volumes?.filter(({ emptyDir }) => emptyDir && !emptyDir.medium).map(({ name }) => name));
    const mounts = (app.volumeMounts ?? []).filter(({ name }) => empty.has(name)).map(({ mountPath }) => mountPath);
    expect(mounts).toEqual(written);
    expect(app).not.toHaveProperty('lifecycle');
    expect(pod.dnsConfig).toEqual({ searches: ['kdhs-x.default.svc.cluster.local'] });
    expect(pod).not.toHaveProperty('initContainers');
  });

  test('has its directories copied by its own user, and no further volume where its storage is', () => {
    const { pod, app } = rootless({ storage: { size: '1Gi' } });
    expect(pod.initContainers?.[0]?.securityContext).toEqual(securityContext);
    for (const path of written) {
      const under = (app.volumeMounts ?? []).filter(({ mountPath }) => `${path}/`.startsWith(`${mountPath}/`));
      expect(under, path).toHaveLength(1);
    }
  });

  test.each<[what: string, isRoot: boolean, change: Partial<ClusterRole>]>([
    ['names user 0', true, { podSecurityContext: { runAsUser: 0, runAsNonRoot: false } }],
    ['names user 0 for the container', true, { securityContext: { runAsUser: 0 } }],
    ['leaves the user to the image', true, { podSecurityContext: { fsGroup: 1 } }],
    ['names another user for the container', false, { podSecurityContext: {}, securityContext: { runAsUser: 1 } }],
    ['refuses root', false, { podSecurityContext: { runAsNonRoot: true } }],
  ])('is not one that %s: %s', (_what, isRoot, change) => {
    expect(rootless(change).app.lifecycle !== undefined).toBe(isRoot);
  });
});
