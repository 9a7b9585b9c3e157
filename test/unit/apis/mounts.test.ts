import { describe, expect, it } from 'vitest';
import { persistedDirectories } from '../../../src/apis/kubedirector/mounts.ts';

const role = { id: 'r', cardinality: '1' };
const packageURL = 'file:///x.tgz';

describe('the directories that are persisted', () => {
  it('are /etc and those of the app', () => {
    expect(persistedDirectories({ ...role, configPackage: null, persistDirs: ['/data'] })).toEqual(['/data', '/etc']);
  });

  it('are with a package also what its layout needs', () => {
    expect(persistedDirectories({ ...role, configPackage: { packageURL, useNewSetupLayout: true } })).toEqual([
      '/etc',
      '/opt/guestconfig',
      '/var/log/guestconfig',
      '/usr/local/bin',
      '/usr/local/lib',
    ]);
    expect(persistedDirectories({ ...role, configPackage: { packageURL } })).toEqual(['/etc', '/opt', '/usr']);
  });

  it('are not those that lie under another, nor the same twice', () => {
    const persistDirs = ['/opt/app', '/optional', '/etc/app', '/data', '/data', '/data/x'];
    expect(persistedDirectories({ ...role, persistDirs, configPackage: { packageURL } })).toEqual([
      '/optional',
      '/data',
      '/etc',
      '/opt',
      '/usr',
    ]);
  });
});
