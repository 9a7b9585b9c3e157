/** Volumes and their mounts in container `app`. */
import { packageMount } from '../../../apis/kubedirector/guest-paths.ts';
import { persistedDirectories, rootlessDirectories } from '../../../apis/kubedirector/mounts.ts';
import { packageImageOf } from '../../../apis/kubedirector/package-image.ts';
import { isRootless } from '../../../apis/kubedirector/security-contexts.ts';
import type { Volume, VolumeMount } from '../../../apis/kubernetes/types.ts';
import { parseQuantity } from '../../../meta/quantity.ts';
import { digest } from '../names.ts';
import type { ResolvedRole } from '../roles.ts';

/** The claim template and volume of the persistent filesystem. */
export const filesystemClaim = 'p';
const tmpfsLimit = '20Gi';

interface Volumes {
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
}

/** As kube-apiserver will print it, so that what we want and what it stores compare equal. */
export function canonical(quantity: string | number): string {
  return parseQuantity(String(quantity))?.toString() ?? String(quantity);
}

/** The volumes of a role's pods, and their mounts in container `app`. Kubernetes takes one mount for each path. */
export function volumesOf(role: ResolvedRole, mountsCgroups: boolean): Volumes {
  const { sharedMemory } = role.spec;
  // What a disk can't be in the place of.
  const needed = [
    sharedMemory === undefined ? none : memory('shmem', sharedMemoryPath, canonical(sharedMemory)),
    mountsCgroups ? cgroups() : none,
  ];
  const taken = needed.flatMap(({ mounts }) => mounts.map(({ mountPath }) => mountPath));
  const kept = claimMounts(role, taken);
  const parts = [
    kept,
    ...guestVolumes(role),
    packageVolume(role),
    ...temporaryVolumes(kept),
    secretVolume(role),
    projections(role),
    ...needed,
  ];
  return { volumes: parts.flatMap(({ volumes }) => volumes), mounts: parts.flatMap(({ mounts }) => mounts) };
}

const sharedMemoryPath = '/dev/shm';
const none: Volumes = { volumes: [], mounts: [] };

function claimMounts(role: ResolvedRole, taken: readonly string[]): Volumes {
  if (role.spec.storage === undefined) return none;
  const directories = persistedDirectories(role.app).filter((directory) => !taken.includes(directory));
  const mounts = directories.map((directory) => ({
    mountPath: directory,
    name: filesystemClaim,
    subPath: directory.slice(1),
  }));
  return { volumes: [], mounts };
}

/** For a user that could not make these directories in the image. Such a volume lives as long as its pod. */
function guestVolumes(role: ResolvedRole): readonly Volumes[] {
  if (role.configPackage === undefined || !isRootless(role.security)) return [];
  const kept = role.spec.storage === undefined ? [] : persistedDirectories(role.app);
  return rootlessDirectories(kept).map((mountPath) => {
    const name = `guest${mountPath.replaceAll('/', '-')}`;
    return { volumes: [{ name, emptyDir: {} }], mounts: [{ name, mountPath }] };
  });
}

/** The kubelet pulls the image, with the pull secrets of the pod: nothing in the container needs to reach a registry. */
function packageVolume({ configPackage }: ResolvedRole): Volumes {
  const reference = configPackage && packageImageOf(configPackage.packageURL);
  if (reference === undefined) return none;
  const name = 'package';
  return { volumes: [{ name, image: { reference } }], mounts: [{ name, mountPath: packageMount, readOnly: true }] };
}

function memory(name: string, mountPath: string, sizeLimit: string): Volumes {
  return { volumes: [{ name, emptyDir: { medium: 'Memory', sizeLimit } }], mounts: [{ name, mountPath }] };
}

function temporaryVolumes({ mounts: kept }: Volumes): readonly Volumes[] {
  return ['/tmp', '/run', '/run/lock']
    .filter((path) => !kept.some(({ mountPath }) => mountPath === path))
    .map((path) => memory(`tmpfs${path.replaceAll('/', '-')}`, path, tmpfsLimit));
}

function secretVolume(role: ResolvedRole): Volumes {
  const { secret } = role.spec;
  if (secret === undefined) return none;
  const name = secretVolumeName(secret.name);
  const { defaultMode, readOnly } = secret;
  return {
    volumes: [{ name, secret: { secretName: secret.name, ...(defaultMode === undefined ? {} : { defaultMode }) } }],
    mounts: [{ name, mountPath: secret.mountPath, ...(readOnly === true ? { readOnly } : {}) }],
  };
}

/** Names of volumes are DNS labels (63 characters, no dots), those of Secrets need not be. */
function secretVolumeName(secret: string): string {
  if (/^[a-z0-9-]{1,52}$/.test(secret)) return `secret-vol-${secret}`;
  return `secret-vol-${secret.replaceAll('.', '-').slice(0, 41)}-${digest(secret).slice(0, 10)}`;
}

function projections(role: ResolvedRole): Volumes {
  const list = role.spec.volumeProjections ?? [];
  const readOnlyOf = (readOnly: boolean | undefined) => (readOnly === true ? { readOnly } : {});
  return {
    volumes: list.map(({ pvcName, readOnly }, index) => ({
      name: `projected-vol-${index}`,
      persistentVolumeClaim: { claimName: pvcName, ...readOnlyOf(readOnly) },
    })),
    mounts: list.map(({ mountPath, readOnly }, index) => ({
      name: `projected-vol-${index}`,
      mountPath,
      ...readOnlyOf(readOnly),
    })),
  };
}

/** systemd in a container wants the host's control groups. */
function cgroups(): Volumes {
  const path = '/sys/fs/cgroup';
  return {
    volumes: [
      { name: 'cgroupfs', hostPath: { path } },
      { name: 'systemd', hostPath: { path: `${path}/systemd` } },
    ],
    mounts: [
      { name: 'cgroupfs', mountPath: path, readOnly: true },
      { name: 'systemd', mountPath: `${path}/systemd` },
    ],
  };
}
