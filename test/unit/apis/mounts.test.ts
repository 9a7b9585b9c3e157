import { describe, expect, it } from 'vitest';
import { persistedDirectories } from '../../../src/apis/kubedirector/mounts.ts';

const role = { id: 'r', cardinality: '1' };
const packageURL = 'file:///x.tgz';

describe('the directories that are persisted', () => {
  it('are /etc and those of the app', () => {
    expect(persistedDirectories({ ...role, configPackage: null, persistDirs: ['/data'] })).toEqual(['/etc', '/data']);
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

  it('leave out directories below another one, in either direction, and repeated ones', () => {
    const persistDirs = ['/opt/app', '/optional', '/etc/app', '/data', '/data', '/data/x', '/x/../data/y'];
    expect(persistedDirectories({ ...role, persistDirs, configPackage: { packageURL } })).toEqual([
      '/etc',
      '/opt',
      '/usr',
      '/optional',
      '/data',
    ]);
    const configPackage = { packageURL, useNewSetupLayout: true };
    expect(persistedDirectories({ ...role, persistDirs: ['/usr'], configPackage })).toEqual([
      '/etc',
      '/opt/guestconfig',
      '/var/log/guestconfig',
      '/usr',
    ]);
  });
});
