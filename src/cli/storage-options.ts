/** The flags that say where the data are. */
import { Option, type Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { StorageOptions } from '../server/serve/options.ts';
import { dataOption, folder } from './data-option.ts';
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
  /** Commands that end soon do not have it: they compact nothing. */
  readonly etcdCompactionInterval?: number;
}

const list = (text: string): readonly string[] => text.split(',').map((one) => one.trim());

/** For `serve`. They have kube-apiserver's names where it has them. */
export function addStorageOptions(command: Command): Command {
  return addPlaceOptions(command, 'folder of its data; made if absent').option(
    '--etcd-compaction-interval <seconds>',
    'time between compactions of etcd; 0: somebody else compacts',
    integer('a time', 0, 86_400),
    300,
  );
}

/** The same flags for a command that ends soon. @param data what the folder is to it */
export function addPlaceOptions(command: Command, data: string): Command {
  const engine = new Option('--storage <engine>', 'where the data are: in a folder, or in etcd')
    .choices(['lowdb', 'etcd'])
    .default('lowdb');
  return addEtcdOptions(command.addOption(engine).addOption(dataOption(data)), '');
}

/** @param side stands before their names, with a hyphen; '' for none */
function addEtcdOptions(command: Command, side: string): Command {
  const flag = (name: string): string => (side === '' ? `--etcd-${name}` : `--${side}-etcd-${name}`);
  return command
    .option(flag('servers <urls>'), "etcd's members, as https://a:2379,https://b:2379", list)
    .option(flag('prefix <prefix>'), 'what stands before all keys in etcd', '/kubedirector')
    .option(flag('cafile <file>'), "CA (PEM) of etcd's certificates; all three are read again when they change")
    .option(flag('certfile <file>'), 'certificate (PEM) to show to etcd')
    .option(flag('keyfile <file>'), 'key of the certificate to show to etcd (PEM)')
    .option(flag('user <name>'), 'user of etcd, if it asks for one')
    .option(flag('password-file <file>'), "file with the password of etcd's user; read at each login");
}

const ofEtcd = [
  ...(['etcdServers', 'etcdPrefix', 'etcdCafile', 'etcdCertfile', 'etcdKeyfile', 'etcdUser'] as const),
  ...(['etcdPasswordFile', 'etcdCompactionInterval'] as const),
];

/** Whether somebody named the flag; takes the name of its option. */
type IsGiven = (option: keyof StorageFlags) => boolean;

/**
 * What the flags ask for.
 * @throws ConfigurationError for flags that are of no use together
 */
export function storageOf(flags: StorageFlags, isGiven: IsGiven): StorageOptions {
  return placeOf(flags, isGiven, dashed);
}

/** Whether somebody named the flag on the command line, or in the environment. */
export function givenTo(command: Command): (option: string) => boolean {
  return (option) => !['default', undefined].includes(command.getOptionValueSource(option));
}

/** One end of a copy. */
type Side = 'from' | 'to';

/** Flags of both ends of a copy: what is named of an end says its engine. */
export function addSides(command: Command): Command {
  const sides = { from: 'folder to copy from', to: 'folder to copy to; made if absent' } as const;
  for (const side of ['from', 'to'] as const) {
    command.option(`--${side}-data <dir>`, sides[side], folder);
    addEtcdOptions(command, side);
  }
  return command;
}

/**
 * Where one end of a copy is.
 * @throws ConfigurationError for flags that are of no use together, or missing
 */
export function sideOf(command: Command, side: Side): StorageOptions {
  const named = (option: keyof StorageFlags): string => side + option.charAt(0).toUpperCase() + option.slice(1);
  const flags = command.opts<Readonly<Record<string, unknown>>>();
  const wasGiven = givenTo(command);
  const isGiven: IsGiven = (option) => wasGiven(named(option));
  const own = Object.fromEntries([...ofEtcd, 'data' as const].map((option) => [option, flags[named(option)]]));
  const storage = isGiven('etcdServers') ? 'etcd' : 'lowdb';
  if (storage === 'lowdb' && !isGiven('data')) {
    throw new ConfigurationError(`name --${side}-data or --${side}-etcd-servers`);
  }
  // What commander has parsed by the same options; their names are the only difference.
  return placeOf({ ...own, storage } as StorageFlags, isGiven, (option) => `${side}-${dashed(option)}`);
}

function placeOf(flags: StorageFlags, isGiven: IsGiven, flag: (option: keyof StorageFlags) => string): StorageOptions {
  const isCopy = flag('data') !== 'data';
  if (flags.storage === 'lowdb') {
    const useless = ofEtcd.find(isGiven);
    if (useless === undefined) return { engine: 'lowdb', directory: flags.data };
    const needed = isCopy ? `--${flag('etcdServers')}` : '--storage etcd';
    throw new ConfigurationError(`--${flag(useless)} is of no use without ${needed}`);
  }
  if (isGiven('data')) {
    const other = isCopy ? `--${flag('etcdServers')}` : '--storage etcd';
    throw new ConfigurationError(`--${flag('data')} is of no use with ${other}`);
  }
  if (flags.etcdServers === undefined) throw new ConfigurationError('--storage etcd needs --etcd-servers');
  checkPairs(flags, flag);
  return { engine: 'etcd', etcd: etcdOf(flags, flags.etcdServers) };
}

/** @throws ConfigurationError */
function checkPairs(flags: StorageFlags, flag: (option: keyof StorageFlags) => string): void {
  const pairs = [
    ['etcdCertfile', 'etcdKeyfile'],
    ['etcdUser', 'etcdPasswordFile'],
  ] as const;
  for (const [one, other] of pairs) {
    if ((flags[one] === undefined) === (flags[other] === undefined)) continue;
    throw new ConfigurationError(`--${flag(one)} and --${flag(other)} go together: name both or none`);
  }
}

function etcdOf(flags: StorageFlags, endpoints: readonly string[]) {
  const {
    etcdCafile: ca,
    etcdCertfile: cert,
    etcdKeyfile: key,
    etcdUser: name,
    etcdPasswordFile: passwordFile,
  } = flags;
  return {
    ...{ endpoints, prefix: flags.etcdPrefix, compactEveryMs: (flags.etcdCompactionInterval ?? 0) * 1000 },
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
    ...(name === undefined || passwordFile === undefined ? {} : { user: { name, passwordFile } }),
  };
}

const dashed = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
