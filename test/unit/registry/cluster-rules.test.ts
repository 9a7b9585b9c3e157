/** Every rule of clusters, broken one by one. */
import { describe, expect, it } from 'vitest';
import { causes } from './fixture.ts';
import { amounts, eachWithRules, fixture, secretMount, valid, type Input } from './cluster-rules-fixture.ts';

eachWithRules();

type Case = [title: string, change: (spec: Input['spec']) => void, expected: string];

const cases: Case[] = [
  [
    'an app that is not there',
    (spec) => (spec.app = 'other'),
    'spec.app: Not found: "other": there must be such a KubeDirectorApp in the cluster\'s namespace "default" or the system namespace "kubedirector"',
  ],
  [
    'an app that is not in the catalog asked for',
    (spec) => (spec.appCatalog = 'system'),
    'spec.app: Not found: "ruled": there must be such a KubeDirectorApp in the system namespace "kubedirector"',
  ],
  [
    "a role that is not the app's",
    ({ roles }) => (roles[2].id = 'other'),
    'spec.roles[2].id: Unsupported value: "other": supported values: "head", "work", "spare"',
  ],
  [
    'a role that is there twice',
    ({ roles }) => (roles[2].id = 'head'),
    'spec.roles[2]: Duplicate value: {"id":"head"}',
  ],
  [
    'a role that is needed and not there',
    ({ roles }) => roles.splice(1, 1),
    'spec.roles: Required value: the app "ruled" must have a role "work" with at least 2 members',
  ],
  [
    'a number of members other than the exact one',
    ({ roles }) => (roles[0].members = 2),
    'spec.roles[0].members: Invalid value: 2: the app asks for exactly 1 member of role "head"',
  ],
  [
    'a number of members below the least',
    ({ roles }) => (roles[1].members = 1),
    'spec.roles[1].members: Invalid value: 1: the app asks for at least 2 members of role "work"',
  ],
  [
    'too many members in all',
    ({ roles }) => (roles[1].members = 999),
    'spec.roles: Invalid value: 1001: must have at most 1000 members, all roles together',
  ],
  [
    'a request below the least',
    ({ roles }) => (roles[0].resources = amounts('1023Mi')),
    'spec.roles[0].resources.requests[memory]: Invalid value: "1023Mi": must be at least 1Gi, the least that the app asks for role "head"',
  ],
  [
    'a request that is absent, which counts as 0',
    ({ roles }) => Reflect.deleteProperty(roles[0].resources.requests ?? {}, 'example.com/chip'),
    'spec.roles[0].resources.requests[example.com/chip]: Invalid value: "0": must be at least 1, the least that the app asks for role "head"',
  ],
  [
    'a request above the limit',
    ({ roles }) => (roles[2].resources = amounts('5Gi')),
    'spec.roles[2].resources.requests[memory]: Invalid value: "5Gi": must be less than or equal to memory limit of 4Gi',
  ],
  [
    'a limit below 0',
    ({ roles }) => (roles[2].resources = { limits: { memory: '-1', cpu: '1' } }),
    'spec.roles[2].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    'no limit of memory',
    ({ roles }) => (roles[2].resources = { limits: { cpu: '1' } } as never),
    'spec.roles[2].resources.limits.memory: Required value',
  ],
  [
    'a volume below the least',
    ({ roles }) => (roles[1].storage = { size: '9Gi' }),
    'spec.roles[1].storage.size: Invalid value: "9Gi": must be at least 10Gi, the least that the app asks for role "work"',
  ],
  [
    'no volume where one is needed',
    ({ roles }) => Reflect.deleteProperty(roles[1], 'storage'),
    'spec.roles[1].storage: Required value: its size must be at least 10Gi, the least that the app asks for role "work"',
  ],
  [
    'a volume of size 0',
    ({ roles }) => (roles[0].storage = { size: '0' }),
    'spec.roles[0].storage.size: Invalid value: "0": must be greater than 0',
  ],
  [
    'a size that is no quantity',
    ({ roles }) => (roles[0].storage = { size: 'big' }),
    'spec.roles[0].storage.size: Invalid value: "big"',
  ],
  [
    'a storage class that is not there',
    ({ roles }) => (roles[1].storage = { size: '10Gi', storageClassName: 'slow' }),
    'spec.roles[1].storage.storageClassName: Not found: "slow": must be an existing StorageClass; there are standard, fast',
  ],
  [
    'shared memory of size 0',
    ({ roles }) => (roles[0].sharedMemory = 0),
    'spec.roles[0].sharedMemory: Invalid value: "0": must be greater than 0',
  ],
  [
    'block devices of size 0',
    ({ roles }) =>
      (roles[0].blockStorage = { storageClassName: 'fast', pathPrefix: '/dev/x', numDevices: 1, size: '0' }),
    'spec.roles[0].blockStorage.size: Invalid value: "0": must be greater than 0',
  ],
  [
    'a device in a directory with steps back',
    ({ roles }) => (roles[0].blockStorage = { storageClassName: 'fast', pathPrefix: '/dev/../x', numDevices: 1 }),
    `spec.roles[0].blockStorage.pathPrefix: Invalid value: "/dev/../x": can not contain backsteps ('..')`,
  ],
  [
    'a secret that is not there',
    ({ roles }) => (roles[0].secret = { ...secretMount, name: 'gone' }),
    'spec.roles[0].secret.name: Not found: "gone": there must be such a Secret in namespace "default"',
  ],
  [
    'a defaultSecret that is not there, reported once',
    (spec) => (spec.defaultSecret = { ...secretMount, name: 'gone' }),
    'spec.defaultSecret.name: Not found: "gone": there must be such a Secret in namespace "default"',
  ],
  [
    'a mount path that is relative',
    ({ roles }) => (roles[0].secret = { ...secretMount, mountPath: 'there' }),
    'spec.roles[0].secret.mountPath: Invalid value: "there": spec.roles[0].secret.mountPath in body should match \'^/\'',
  ],
  [
    'a service account that is not there',
    ({ roles }) => (roles[0].serviceAccountName = 'nobody'),
    'spec.roles[0].serviceAccountName: Not found: "nobody": there must be such a ServiceAccount in namespace "default"',
  ],
  [
    'a claim that is not there',
    ({ roles }) => (roles[0].volumeProjections = [{ pvcName: 'gone', mountPath: '/x' }]),
    'spec.roles[0].volumeProjections[0].pvcName: Not found: "gone": there must be such a PersistentVolumeClaim in namespace "default"',
  ],
  [
    'a claim of a raw device',
    ({ roles }) => (roles[0].volumeProjections = [{ pvcName: 'block', mountPath: '/x' }]),
    'spec.roles[0].volumeProjections[0].pvcName: Invalid value: "block": must be of volumeMode Filesystem; it is Block',
  ],
  [
    'a claim for one member that several mount',
    ({ roles }) => {
      roles[0].volumeProjections = [{ pvcName: 'single', mountPath: '/x' }];
      roles[2].volumeProjections = [{ pvcName: 'single', mountPath: '/x' }];
    },
    'spec.roles[0].volumeProjections[0].pvcName: Invalid value: "single": 2 members use it, so its accessModes must have ReadWriteMany or ReadOnlyMany',
  ],
  [
    'one mount path twice, written differently',
    ({ roles }) => {
      roles[0].volumeProjections = [
        { pvcName: 'single', mountPath: '/x' },
        { pvcName: 'single', mountPath: '//x/' },
      ];
    },
    'spec.roles[0].volumeProjections[1].mountPath: Duplicate value: "//x/"',
  ],
  [
    'a mount path that is generated for every member',
    ({ roles }) => (roles[0].volumeProjections = [{ pvcName: 'single', mountPath: '/run/lock/' }]),
    'spec.roles[0].volumeProjections[0].mountPath: Forbidden: /run/lock is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a mount path that systemd needs',
    ({ roles }) => (roles[0].volumeProjections = [{ pvcName: 'single', mountPath: '/sys/fs/cgroup' }]),
    'spec.roles[0].volumeProjections[0].mountPath: Forbidden: /sys/fs/cgroup is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a mount path of a persisted directory',
    ({ roles }) => {
      roles[0].storage = { size: '1Gi' };
      roles[0].volumeProjections = [{ pvcName: 'single', mountPath: '/data' }];
    },
    'spec.roles[0].volumeProjections[0].mountPath: Forbidden: /data is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a secret where something is mounted for every member',
    ({ roles }) => (roles[0].secret = { ...secretMount, mountPath: '/tmp' }),
    'spec.roles[0].secret.mountPath: Forbidden: /tmp is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a secret in place of a persisted directory',
    ({ roles }) => (roles[1].secret = { ...secretMount, mountPath: '/data' }),
    'spec.roles[1].secret.mountPath: Forbidden: /data is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a defaultSecret in place of a directory that one of the roles persists',
    (spec) => (spec.defaultSecret = { ...secretMount, mountPath: '/data' }),
    'spec.roles[1].secret.mountPath: Forbidden: /data is one that KubeDirector mounts something at; choose another',
  ],
  [
    'a secret and a claim at one place',
    ({ roles }) => {
      roles[0].secret = secretMount;
      roles[0].volumeProjections = [{ pvcName: 'single', mountPath: '/there/' }];
    },
    'spec.roles[0].volumeProjections[0].mountPath: Duplicate value: "/there/"',
  ],
  [
    'block devices of a storage class that is not there',
    ({ roles }) => (roles[0].blockStorage = { storageClassName: 'slow', pathPrefix: '/dev/x', numDevices: 1 }),
    'spec.roles[0].blockStorage.storageClassName: Not found: "slow": must be an existing StorageClass; there are standard, fast',
  ],
  [
    'a label that is none',
    ({ roles }) => (roles[0].podLabels = { team: 'data & more' }),
    'spec.roles[0].podLabels: Invalid value: "data & more": a valid label must be',
  ],
  [
    'an annotation whose key is none',
    ({ roles }) => (roles[0].serviceAnnotations = { 'a b': 'c' }),
    'spec.roles[0].serviceAnnotations: Invalid value: "a b": name part must consist of',
  ],
  [
    'a label that the Services select by',
    ({ roles }) => (roles[0].podLabels = { 'kubedirector.hpe.com/role': 'x' }),
    'spec.roles[0].podLabels[kubedirector.hpe.com/role]: Forbidden: KubeDirector finds its pods by this label',
  ],
  [
    "a label of pods that is the StatefulSet controller's",
    ({ roles }) => (roles[0].podLabels = { 'apps.kubernetes.io/pod-index': '7' }),
    'spec.roles[0].podLabels[apps.kubernetes.io/pod-index]: Invalid value: "7": Kubernetes sets this label of each pod',
  ],
  [
    "annotations that leave no room for the app's",
    ({ roles }) => (roles[0].podAnnotations = { a: 'x'.repeat(262_100) }),
    'spec.roles[0].podAnnotations: Invalid value: "(262101 bytes)": with those of the global configuration',
  ],
  [
    'an annotation of pods that is ours',
    ({ roles }) => (roles[0].podAnnotations = { 'kubedirector.hpe.com/revision': 'x' }),
    'spec.roles[0].podAnnotations[kubedirector.hpe.com/revision]: Invalid value: "x": KubeDirector sets this annotation of each pod',
  ],
  [
    'a URL that nothing answers at',
    ({ roles }) => (roles[0].fileInjections = [{ srcURL: 'http://example.com/gone', destDir: '/x' }]),
    'spec.roles[0].fileInjections[0].srcURL: Invalid value: "http://example.com/gone": must answer a HEAD request: ECONNREFUSED',
  ],
  [
    'a URL that is none',
    ({ roles }) => (roles[0].fileInjections = [{ srcURL: 'ftp://example.com/x', destDir: '/x' }]),
    'spec.roles[0].fileInjections[0].srcURL: Invalid value: "ftp://example.com/x"',
  ],
  [
    'an environment variable without a name',
    ({ roles }) => (roles[0].env = [{ name: '', value: 'x' }]),
    'spec.roles[0].env[0].name: Required value',
  ],
  [
    "a secret key that can't be encrypted",
    ({ roles }) => (roles[0].secretKeys = [{ name: 'k', value: 'v' }]),
    "spec.roles[0].secretKeys[0].value: Forbidden: can't be encrypted: there is no KubeDirectorConfig",
  ],
  [
    'an encrypted value that was made up',
    ({ roles }) => (roles[0].secretKeys = [{ name: 'k', encryptedValue: 'abcdef' }]),
    'spec.roles[0].secretKeys[0].encryptedValue: Forbidden: can only be sent back unchanged; send value instead',
  ],
  [
    'a service type that is none',
    (spec) => Object.assign(spec, { serviceType: 'ExternalName' }),
    'spec.serviceType: Unsupported value: "ExternalName": supported values: "ClusterIP", "NodePort", "LoadBalancer"',
  ],
];

describe('a cluster is refused that has', () => {
  it.each(cases)('%s', async (_title, change, expected) => {
    const input = valid();
    change(input.spec);
    const found = await causes(fixture.cluster(input));
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(expected), found[0]).toBe(true);
  });

  it('nothing wrong with it: it is not', async () => {
    expect((await fixture.cluster(valid())).metadata.name).toBe('ruled');
  });
});
