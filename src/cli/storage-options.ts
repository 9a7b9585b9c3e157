/** The flags of `kubedirector serve` that say where its data are. */
import { Option, type Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { StorageOptions } from '../server/serve/options.ts';
import { dataOption } from './data-option.ts';
import { integer } from './numbers.ts';

/** As commander gives them. */
export interface StorageFlags {
  readonly storage: 'lowdb' | 'etcd';
  readonly data: string;
  readonly etcdServers?: readonly string[];
  readonly etcdPrefix: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdUser?: string;
  readonly etcdPasswordFile?: string;
  readonly etcdCompactionInterval: number;
}

const list = (text: string): readonly string[] => text.split(',').map((one) => one.trim());

/** They have kube-apiserver's names where it has them. */
export function addStorageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--storage <engine>', 'where its data are: in a folder, or in etcd')
        .choices(['lowdb', 'etcd'])
        .default('lowdb'),
    )
    .addOption(dataOption('folder of its data; made if absent'))
    .option('--etcd-servers <urls>', "etcd's members, as https://a:2379,https://b:2379", list)
    .option('--etcd-prefix <prefix>', 'what stands before all keys in etcd', '/kubedirector')
    .option('--etcd-cafile <file>', "CA (PEM) of etcd's certificates; all three are read again when they change")
    .option('--etcd-certfile <file>', 'certificate (PEM) to show to etcd')
    .option('--etcd-keyfile <file>', 'key of the certificate to show to etcd (PEM)')
    .option('--etcd-user <name>', 'user of etcd, if it asks for one')
    .option('--etcd-password-file <file>', "file with the password of etcd's user; read at each login")
    .option(
      '--etcd-compaction-interval <seconds>',
      'time between compactions of etcd; 0: somebody else compacts',
      integer('a time', 0, 86_400),
      300,
    );
}

const ofEtcd = [
  ...(['etcdServers', 'etcdPrefix', 'etcdCafile', 'etcdCertfile', 'etcdKeyfile', 'etcdUser'] as const),
  ...(['etcdPasswordFile', 'etcdCompactionInterval'] as const),
];

/**
 * What the flags ask for.
 * @param isGiven whether somebody named the flag; takes the name of its option
 * @throws ConfigurationError for flags that are of no use together
 */
export function storageOf(flags: StorageFlags, isGiven: (option: keyof StorageFlags) => boolean): StorageOptions {
  if (flags.storage === 'lowdb') {
    const useless = ofEtcd.find(isGiven);
    if (useless === undefined) return { engine: 'lowdb', directory: flags.data };
    throw new ConfigurationError(`--${dashed(useless)} is of no use without --storage etcd`);
  }
  if (isGiven('data')) throw new ConfigurationError('--data is of no use with --storage etcd');
  const { etcdServers: endpoints, etcdCafile: ca, etcdCertfile: cert, etcdKeyfile: key } = flags;
  const { etcdUser: name, etcdPasswordFile: passwordFile } = flags;
  if (endpoints === undefined) throw new ConfigurationError('--storage etcd needs --etcd-servers');
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigurationError('--etcd-certfile and --etcd-keyfile go together: name both or none');
  }
  if ((name === undefined) !== (passwordFile === undefined)) {
    throw new ConfigurationError('--etcd-user and --etcd-password-file go together: name both or none');
  }
  return {
    engine: 'etcd',
    etcd: {
      ...{ endpoints, prefix: flags.etcdPrefix, compactEveryMs: flags.etcdCompactionInterval * 1000 },
      tls: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
      },
      ...(name === undefined || passwordFile === undefined ? {} : { user: { name, passwordFile } }),
    },
  };
}

const dashed = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
