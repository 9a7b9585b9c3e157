import { describe, expect, it } from 'vitest';
import { buildInfo } from '../../../src/server/version.ts';

describe('the build information of /version', () => {
  it.each([
    ['linux', 'x64', 'linux/amd64'],
    ['darwin', 'arm64', 'darwin/arm64'],
    ['win32', 'ia32', 'windows/386'],
  ] as const)('names %s on %s as Go does', (platform, arch, named) => {
    expect(buildInfo({ platform, arch, versions: process.versions }).platform).toBe(named);
  });

  it('has every field that clients know, and the versions of Node.js and V8', () => {
    expect(buildInfo(process)).toMatchObject({
      gitCommit: '',
      gitTreeState: '',
      buildDate: '',
      goVersion: `node${process.versions.node}`,
      compiler: `v8 ${process.versions.v8}`,
    });
  });
});
