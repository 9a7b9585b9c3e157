/**
 * A throw-away place for one member: bubblewrap with a root folder of its own. It sees this machine's programs read-only
 * and nothing else of it: no files, no network but its own loopback, no processes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a command has done. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands one after the other; processes that they leave behind go on until it is closed. */
export interface Sandbox {
  run(command: readonly string[], stdin: string | Uint8Array): Promise<CommandResult>;
  close(): Promise<void>;
}

/** What a sandbox is made of. */
interface SandboxOptions {
  /** Becomes its root; made if absent. */
  readonly root: string;
  readonly hostname: string;
  readonly hosts: string;
  /** Programs that come first in PATH. */
  readonly stubs: string | undefined;
}

const programs = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'] as const;
/** Of /etc: what programs need to start; no keys and no passwords. */
const settings = [
  ...['alternatives', 'bash.bashrc', 'group', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime'],
  ...['nsswitch.conf', 'passwd', 'profile', 'ssl/certs', 'ssl/openssl.cnf'],
];
const writable = ['dev', 'etc', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'tmp', 'var/lib', 'var/log', 'var/tmp'];
const stepFolder = '.kd';

/** Reads a number a line, runs what is in the files of that number, and says so. */
const driver = `while read -r n; do
  mapfile -d '' -t command < /${stepFolder}/$n.command
  "\${command[@]}" < /${stepFolder}/$n.in > /${stepFolder}/$n.out 2> /${stepFolder}/$n.err
  echo "$n $?"
done`;

/** Whether sandboxes can be made here. */
export function canSandbox(): boolean {
  const probe = ['--ro-bind', '/', '/', '--unshare-all', '--uid', '0', '--gid', '0', 'true'];
  return spawnSync('bwrap', probe, { stdio: 'ignore' }).status === 0;
}

/** Makes the root and begins. @throws Error where a command can't be run, because the sandbox has ended */
export function startSandbox(options: SandboxOptions): Sandbox {
  prepareRoot(options);
  const child = spawn('bwrap', bwrapArguments(options), { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('close', () => done());
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let count = 0;
  return {
    async run(command, stdin) {
      count += 1;
      const file = (kind: string): string => join(options.root, stepFolder, `${count}.${kind}`);
      writeFileSync(file('command'), command.map((word) => `${word}\0`).join(''));
      writeFileSync(file('in'), stdin);
      child.stdin.write(`${count}\n`);
      const answer = await lines.next();
      if (answer.done === true) throw new Error(`the sandbox of ${options.hostname} has ended: ${said.trim()}`);
      const exitCode = Number(answer.value.split(' ')[1]);
      return { exitCode, stdout: readFileSync(file('out'), 'utf8'), stderr: readFileSync(file('err'), 'utf8') };
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function prepareRoot({ root, hosts, hostname }: SandboxOptions): void {
  for (const folder of [stepFolder, ...writable]) mkdirSync(join(root, folder), { recursive: true });
  for (const name of settings) {
    const from = join('/etc', name);
    if (existsSync(from)) cpSync(from, join(root, 'etc', name), { recursive: true, verbatimSymlinks: true });
  }
  writeFileSync(join(root, 'etc/hosts'), hosts);
  writeFileSync(join(root, 'etc/hostname'), `${hostname}\n`);
}

function bwrapArguments({ root, hostname, stubs }: SandboxOptions): string[] {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const mounts = programs.flatMap((name) => {
    const folder = `/${name}`;
    if (!existsSync(folder)) return [];
    return lstatSync(folder).isSymbolicLink()
      ? ['--symlink', readlinkSync(folder), folder]
      : ['--ro-bind', folder, folder];
  });
  return [
    ...['--bind', root, '/', ...mounts, '--dev', '/dev', '--proc', '/proc'],
    ...(stubs === undefined ? [] : ['--ro-bind', stubs, '/.stubs']),
    ...['--unshare-all', '--die-with-parent', '--new-session', '--uid', '0', '--gid', '0', '--hostname', hostname],
    ...['--clearenv', '--setenv', 'PATH', stubs === undefined ? path : `/.stubs:${path}`],
    ...['--setenv', 'HOME', '/root', '--setenv', 'LANG', 'C.UTF-8', '--setenv', 'HOSTNAME', hostname],
    ...['--chdir', '/', '/bin/bash', '--norc', '-c', driver],
  ];
}
