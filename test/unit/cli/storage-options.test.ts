import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addStorageOptions, storageOf, type StorageFlags } from '../../../src/cli/storage-options.ts';

function parsed(...args: readonly string[]) {
  const command = addStorageOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  command.parse(args, { from: 'user' });
  const given = (option: keyof StorageFlags): boolean => command.getOptionValueSource(option) === 'cli';
  return storageOf(command.opts<StorageFlags>(), given);
}
const etcd = ['--storage', 'etcd', '--etcd-servers', 'https://a:2379, https://b:2379'];

describe('where the data are', () => {
  it('is a folder, unless the flags say etcd', () => {
    expect(parsed()).toEqual({ engine: 'lowdb', directory: './.kubedirector' });
    expect(parsed('--storage', 'lowdb', '--data', 'x')).toEqual({ engine: 'lowdb', directory: 'x' });
  });

  it('is etcd, with all that the flags say of it', () => {
    expect(parsed(...etcd)).toEqual({
      engine: 'etcd',
      etcd: {
        endpoints: ['https://a:2379', 'https://b:2379'],
        ...{ prefix: '/kubedirector', compactEveryMs: 300_000, tls: {} },
      },
    });
    const files = ['--etcd-cafile', 'ca', '--etcd-certfile', 'cert', '--etcd-keyfile', 'key'];
    const user = ['--etcd-user', 'director', '--etcd-password-file', 'password'];
    expect(parsed(...etcd, ...files, ...user, '--etcd-prefix', '/x', '--etcd-compaction-interval', '0')).toMatchObject({
      etcd: {
        ...{ prefix: '/x', compactEveryMs: 0, tls: { ca: 'ca', cert: 'cert', key: 'key' } },
        user: { name: 'director', passwordFile: 'password' },
      },
    });
  });

  it.each([
    [['--storage', 'paper'], /Allowed choices are lowdb, etcd/],
    [['--storage', 'etcd'], /needs --etcd-servers/],
    [[...etcd, '--data', 'x'], /--data is of no use/],
    [[...etcd, '--etcd-certfile', 'x'], /--etcd-certfile and --etcd-keyfile go together/],
    [[...etcd, '--etcd-password-file', 'x'], /--etcd-user and --etcd-password-file go together/],
    [['--etcd-prefix', '/kubedirector'], /--etcd-prefix is of no use without --storage etcd/],
    [['--etcd-compaction-interval', '300'], /--etcd-compaction-interval is of no use without --storage etcd/],
  ])('cannot be said with %j', (args, message) => {
    expect(() => parsed(...args)).toThrow(message);
  });
});
