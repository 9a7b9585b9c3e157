import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtProgram, command, type Command } from '../support/command.ts';
import { objectsOf, revisionIn, sealed, storageCommands } from './storage-commands.ts';

let scratch: string;
/** The folder of the server; a shell must quote its name. */
let directory: string;
let file: string;
/** A backup of a playground that was stopped. */
let original: string;
/** The folder of a server into which that backup was restored; what every test begins with a copy of. */
let restored: string;
let originalRevision: number;

const { storage, check, backup, restore } = storageCommands(() => ({ scratch, directory }));

const running: Command[] = [];
const playground = (): Command => {
  const program = command(['playground', '--data', directory, '--port', '0']);
  running.push(program);
  return program;
};
async function served<T>(work: (program: Command) => T): Promise<T> {
  const program = playground();
  try {
    await program.printed('Ctrl-C stops it');
    return work(program);
  } finally {
    program.process.kill('SIGINT');
    await program.ended;
  }
}

const journal = (): string => join(directory, 'data/journal.jsonl');
const snapshot = (): string => join(directory, 'data/snapshot.jsonl');
const setAside = (): string[] => readdirSync(directory).filter((name) => name.startsWith('data.before-restore-'));

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kubedirector-storage-'));
  directory = join(scratch, 'template');
  await served(() => undefined);
  file = join(scratch, 'original');
  expect(backup(file)).toMatchObject({ code: 0 });
  original = readFileSync(file, 'utf8');
  originalRevision = (JSON.parse(original.split('\n')[0] ?? '') as { revision: number }).revision;
  restored = join(scratch, 'restored');
  directory = restored;
  expect(restore(['-'], original)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(scratch, { recursive: true }));

beforeEach(() => {
  directory = join(scratch, "o'brien s");
  file = join(scratch, 'backup');
  cpSync(restored, directory, { recursive: true });
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.process.kill('SIGKILL');
    await program.ended;
  }
  rmSync(directory, { recursive: true });
  rmSync(file, { force: true, recursive: true });
});

/** Damages what was acknowledged. */
function damage(): void {
  const lines = readFileSync(snapshot(), 'utf8').split('\n');
  writeFileSync(snapshot(), lines.with(2, 'damaged').join('\n'));
}

describe('kubedirector storage check', () => {
  it('reports the contents, and changes nothing', () => {
    const look = (): unknown =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => [name, statSync(join(directory, name)).mtimeMs]);
    const before = look();
    const { code, stdout, stderr } = check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const count = objectsOf(original).length;
    expect(stdout).toContain(`${directory}/data is whole: revision ${originalRevision}, ${count} objects\n`);
    const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'kubedirector'];
    expect(stdout).toMatch(new RegExp(`^ {2}core/namespaces +${namespaces.length}$`, 'm'));
    expect(stdout).toMatch(/^snapshot [1-9]\d+ bytes, journal \d+ bytes$/m);
    expect(look()).toEqual(before);
  });

  it('reports an incomplete last line that will be cut off', () => {
    const whole = readFileSync(journal(), 'utf8');
    writeFileSync(journal(), `${whole}{"revi`);
    const { code, stdout } = check();
    expect(code).toBe(0);
    expect(stdout).toContain('journal.jsonl, line 2: the last 6 bytes were never acknowledged');
    expect(readFileSync(journal(), 'utf8')).toBe(`${whole}{"revi`);
  });

  it('names objects that cannot be served, with exit code 1, and those that the schema refuses', () => {
    const [app, cluster] = ['kubedirectorapps', 'kubedirectorclusters'];
    const config =
      '{"kind":"KubeDirectorConfig","metadata":{"name":"kd-global-config","namespace":"x"},"spec":{"defaultServiceType":7}}';
    const objects = [
      [`/kubedirector.hpe.com/${app}/x/a`, '{"kind":"KubeDirectorApp","metadata":{"name":"b","namespace":"x"}}'],
      [`/kubedirector.hpe.com/${cluster}/x/c`, '[]'],
      ['/kubedirector.hpe.com/kubedirectorconfigs/x/kd-global-config', config],
      ['/kubedirector.hpe.com/others/x/y', '{}'],
    ];
    const lines = objects.map(([key, value]) => `{"key":"${key ?? ''}","revision":1,"value":${value ?? ''}}\n`);
    const head = `{"format":"kubedirector-backup","version":1,"revision":1,"objects":4,"created":""}\n${lines.join('')}`;
    expect(restore(['--replace', '-'], sealed(head))).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = check();
    expect(code).toBe(1);
    expect(stderr).toBe('kubedirector: 3 objects cannot be served\n');
    expect(stdout).toContain('/kubedirectorapps/x/a: its name is "x/b"\n');
    expect(stdout).toContain('/kubedirectorclusters/x/c: it is not a JSON object with metadata\n');
    expect(stdout).toContain('/others/x/y: there is no resource kubedirector.hpe.com/others\n');
    expect(stdout).toMatch(
      /1 object served as stored, though the schema refuses them:\n.*kd-global-config: spec\.defaultServiceType/,
    );
  });

  it('names file, line and a remedy for damage, with exit code 1', () => {
    damage();
    const { code, stdout, stderr } = check();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`kubedirector: ${snapshot()}, line 3: the line does not match its checksum`);
    expect(stderr).toContain('The way out: restore the data folder from a backup (kubedirector storage restore');
  });

  it('refuses a folder that is in use, has no data, or is not ours, with exit code 2', async () => {
    const used = await served(() => [check(), restore(['--replace', '-'], original)]);
    for (const { code, stderr } of used) {
      expect(code).toBe(2);
      expect(stderr).toMatch(/is in use by process \d+ on host .*stop it first/);
    }
    expect(existsSync(file)).toBe(false);
    expect(setAside()).toEqual([]);
    expect(storage(['check'])).toMatchObject({
      code: 2,
      stderr: `kubedirector: ${scratch}/.kubedirector/data has no data: there is no such folder. Name the folder that holds it with --data\n`,
    });
    expect(existsSync(join(scratch, '.kubedirector'))).toBe(false);
    mkdirSync(join(scratch, 'other/data'), { recursive: true });
    writeFileSync(join(scratch, 'other/data/notes.txt'), 'mine');
    for (const args of [['check'], ['backup', file], ['restore', '--replace', join(scratch, 'original')]]) {
      const { code, stderr } = storage([...args, '--data', join(scratch, 'other')]);
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('it has notes.txt') as unknown,
      });
    }
    expect(readdirSync(join(scratch, 'other'), { recursive: true })).toEqual(['data', 'data/notes.txt']);
    expect(storage(['check', '--data', ''])).toMatchObject({ code: 2 });
  });
});

describe('kubedirector storage backup', () => {
  it('writes a file that nobody else can read, or to standard output', () => {
    expect(backup(file)).toEqual({
      code: 0,
      stdout: `backed up ${objectsOf(original).length} objects at revision ${originalRevision} of ${directory}/data to ${file}\n`,
      stderr: expect.stringMatching(/^warning: THIS BACKUP IS NOT ENCRYPTED: .*\n$/) as string,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(objectsOf(readFileSync(file, 'utf8'))).toEqual(objectsOf(original));
    const { code, stdout, stderr } = backup('-');
    expect(code).toBe(0);
    expect(objectsOf(stdout)).toEqual(objectsOf(original));
    expect(stderr).toContain('backed up');
    expect(readdirSync(scratch).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('backs up a running server, without disturbing it', async () => {
    const { code, stdout } = await served((program) => {
      const done = backup(file);
      expect(program.stderr()).toBe('');
      return done;
    });
    expect(code).toBe(0);
    expect(stdout).toContain(`of ${directory}/data, whose server runs to ${file}`);
    const keys = (lines: readonly string[]): unknown[] =>
      lines.map((line) => (JSON.parse(line) as { key: string }).key);
    expect(keys(objectsOf(readFileSync(file, 'utf8')))).toEqual(expect.arrayContaining(keys(objectsOf(original))));
    expect(restore(['--replace', file])).toMatchObject({ code: 0 });
  });

  it('replaces a file that is there only with --force, and nothing else ever', () => {
    writeFileSync(file, 'mine');
    expect(backup(file)).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as unknown });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(backup('--force', file)).toMatchObject({ code: 0 });
    expect(objectsOf(readFileSync(file, 'utf8'))).toEqual(objectsOf(original));
    for (const odd of ['/dev/null', scratch]) {
      expect(backup('--force', odd)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('plain file') as unknown,
      });
    }
    expect(backup(join(scratch, 'no/such/folder'))).toMatchObject({ code: 2 });
  });

  it('fails with exit code 1 if its reader goes away', () => {
    const pipeline = `"$0" "$1" storage backup --data "$2" - | head -c 10 >/dev/null; exit "\${PIPESTATUS[0]}"`;
    // More than a pipe holds.
    const lines = ['{"key":"/core/configmaps/default/large","revision":1,"text":"', 'x'.repeat(1 << 20), '"}'].join('');
    const large = join(scratch, 'large');
    const header = `{"format":"kubedirector-backup","version":1,"revision":1,"objects":1,"created":""}\n${lines}\n`;
    const made = storage(['restore', '--data', large, '-'], sealed(header));
    expect(made).toMatchObject({ code: 0 });
    const { status } = spawnSync('bash', ['-c', pipeline, process.execPath, builtProgram, large]);
    expect(status).toBe(1);
  });
});

describe('kubedirector storage restore', () => {
  it('restores everything into an empty folder, and a server continues from it', async () => {
    rmSync(directory, { recursive: true });
    const { code, stdout } = restore([join(scratch, 'original')]);
    expect(code).toBe(0);
    expect(stdout).toContain(`restored ${objectsOf(original).length} objects to ${directory}/data, from the backup of`);
    expect(stdout).toContain('cannot be known');
    expect(objectsOf(backup('-').stdout)).toEqual(objectsOf(original));
    await served((program) => expect(program.stderr()).toBe(''));
    expect(revisionIn(check().stdout)).toBeGreaterThanOrEqual(originalRevision);
  });

  it('replaces existing data only with --replace, and keeps them aside', async () => {
    await served(() => undefined);
    const reached = revisionIn(check().stdout);
    const held = backup('-').stdout;
    expect(restore(['-'], original)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--replace') as unknown,
    });
    const { code, stdout, stderr } = restore(['--replace', '-'], original);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`goes on after revision ${reached + 1}: above the ${reached} that they had reached`);
    expect(revisionIn(check().stdout)).toBe(reached + 1);
    expect(objectsOf(backup('-').stdout)).toEqual(objectsOf(original));
    const [aside = ''] = setAside();
    expect(aside).toMatch(/^data\.before-restore-\d{8}T\d{9}Z$/);
    mkdirSync(join(scratch, 'kept'));
    symlinkSync(join(directory, aside), join(scratch, 'kept/data'));
    const kept = storage(['backup', '--data', join(scratch, 'kept'), '-']);
    expect(objectsOf(kept.stdout)).toEqual(objectsOf(held));
  });

  it('repairs damage with exactly the command that the error of a start prints', async () => {
    damage();
    const { code, stderr } = await playground().ended;
    expect(code).toBe(2);
    const way = /\((kubedirector storage restore .*?) FILE\)/.exec(stderr)?.[1] ?? '';
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    symlinkSync(builtProgram, join(bin, 'kubedirector'));
    const { status, stdout } = spawnSync('sh', ['-c', `${way} ${join(scratch, 'original')}`], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('they are damaged: they had reached at least revision');
    expect(setAside()).toHaveLength(1);
    expect(readFileSync(join(directory, setAside()[0] ?? '', 'snapshot.jsonl'), 'utf8')).toContain('damaged');
    expect(objectsOf(backup('-').stdout)).toEqual(objectsOf(original));
    await served((program) => expect(program.stderr()).toBe(''));
  });

  it('refuses a backup that is incomplete, changed or not a backup, with exit code 1, and changes nothing', () => {
    const before = check();
    for (const [text, reason] of [
      [original.slice(0, original.length >> 1), 'cut short'],
      [original.replace('"name":"default"', '"name":"defaults"'), 'checksum'],
      ['', 'it is empty'],
      ['kind: List', 'line 1 is not the header of a kubedirector backup'],
    ] as const) {
      const { code, stdout, stderr } = restore(['--replace', '-'], text);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('kubedirector: the backup is refused, nothing was restored:');
      expect(stderr).toContain(reason);
    }
    expect(restore(['--replace', join(scratch, 'no-such-file')])).toMatchObject({ code: 2 });
    expect(setAside()).toEqual([]);
    expect(check()).toEqual(before);
  });
});
