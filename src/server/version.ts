import manifest from '../../package.json' with { type: 'json' };

/** This program's version, as package.json has it. */
export const version: string = manifest.version;

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
