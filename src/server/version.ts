import manifest from '../../package.json' with { type: 'json' };
import type { ComponentInfo } from '../apiserver/server.ts';

/** This program's version, as package.json has it. */
export const version: string = manifest.version;

/** The version of Kubernetes whose behaviour and native schemas are served. */
export const kubernetesVersion = { major: '1', minor: '37', gitVersion: 'v1.37.2' };

/**
 * What /statusz and /flagz tell about this program.
 * @param flags of the command line, by name; absent: it was started without one
 */
export function componentInfo(flags: Readonly<Record<string, string>> | undefined): ComponentInfo {
  return {
    name: 'kubedirector',
    binaryVersion: version,
    startedAt: new Date(performance.timeOrigin),
    emulationVersion: `${kubernetesVersion.major}.${kubernetesVersion.minor}`,
    ...(flags === undefined ? {} : { flags }),
  };
}

/** Go's names, which clients know, for those of Node that differ. */
const goPlatforms: Readonly<Record<string, string>> = { win32: 'windows' };
const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/**
 * What /version says beside the version: all fields of k8s.io/apimachinery/pkg/version Info, empty where there is
 * nothing to say (the program does not know the commit it was made of), and the runtime in the place of Go.
 */
export function buildInfo({ platform, arch, versions }: Pick<NodeJS.Process, 'platform' | 'arch' | 'versions'>) {
  return {
    gitCommit: '',
    gitTreeState: '',
    buildDate: '',
    goVersion: `node${versions.node}`,
    compiler: `v8 ${versions.v8}`,
    platform: `${goPlatforms[platform] ?? platform}/${goArchitectures[arch] ?? arch}`,
  };
}
