/** krew itself installs kubectl's plugin, from the files that `npm run krew` makes. */
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, missingTools } from '../clients/support/program.ts';
import { krew } from '../clients/support/sources.ts';
import { command, type Ended } from '../support/command.ts';
import { kubectls } from '../support/kubectl.ts';

const kubectl = kubectls()[0];
const whyNot = missingTools({ tools: [...krew.tools, 'git'] }) ?? (kubectl === undefined ? 'needs kubectl' : undefined);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe.skipIf(whyNot !== undefined)(`krew${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`, () => {
  let directory: string;
  /** Into which krew puts what it installs. */
  let root = 'root';
  let executable: string;
  let server: Server;
  let manifest: string;
  let archive: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'kubedirector-krew-'));
    executable = join(await built(krew), 'krew');
    // Where a release would be downloaded from.
    server = createServer((request, response) => {
      response.end(request.url === `/v${version}/${basename(archive)}` ? readFileSync(archive) : undefined);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v${version}`;
    const { stdout } = await succeeds(run(process.execPath, 'tools/run.js', 'tools/krew.ts', address));
    [archive = '', manifest = ''] = stdout.trim().split('\n');
    // An index is a git repository with manifests.
    mkdirSync(join(directory, 'index', 'plugins'), { recursive: true });
    copyFileSync(manifest, join(directory, 'index', 'plugins', 'kd.yaml'));
    const git = ['-C', join(directory, 'index'), '-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    for (const words of [
      ['init', '--quiet'],
      ['add', '.'],
      ['commit', '--quiet', '--message=Add kd'],
    ])
      await succeeds(run('git', ...git, ...words));
    await succeeds(run(executable, 'update'));
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  /** Away from the user's own plugins. */
  function run(program: string, ...args: readonly string[]): Promise<Ended> {
    const path = [join(directory, root, 'bin'), dirname(kubectl ?? ''), process.env['PATH'] ?? ''].join(':');
    const env = {
      ...{ KREW_ROOT: join(directory, root), KREW_DEFAULT_INDEX_URI: join(directory, 'index') },
      ...{ KREW_NO_UPGRADE_CHECK: '1', HOME: directory, PATH: path },
    };
    return command(args, { executable: program, env }).ended;
  }
  async function succeeds(outcome: Promise<Ended>): Promise<Ended> {
    const ended = await outcome;
    expect([ended.code, ended.code === 0 ? '' : ended.stdout + ended.stderr]).toEqual([0, '']);
    return ended;
  }
  const install = (...args: readonly string[]): Promise<Ended> =>
    run(executable, 'install', `--manifest=${manifest}`, ...args);

  it('refuses an archive that is not the one of the manifest', async () => {
    const other = join(directory, 'other.tar.gz');
    writeFileSync(other, Buffer.concat([readFileSync(archive), Buffer.from('x')]));
    const { code, stderr } = await install(`--archive=${other}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('checksum does not match')]);
  });

  it('finds the plugin in an index, downloads it, and says what it needs', async () => {
    const found = await succeeds(run(executable, 'search', 'kd'));
    expect(found.stdout).toMatch(/^kd +Show, change and debug clusters of KubeDirector +no/m);
    const { stderr } = await succeeds(run(executable, 'install', 'kd'));
    expect(stderr).toContain('Installed plugin: kd');
    expect(stderr).toContain('It needs Node.js 20.19 or later');
    expect((await succeeds(run('kubectl', 'kd', 'version'))).stdout).toBe(`${version}\n`);
    const listed = await succeeds(run(executable, 'list'));
    expect(listed.stdout).toMatch(/^kd\b/m);
  });

  it('installs a plugin that finds its own files, with completion where the link is made that krew tells of', async () => {
    const app = join(directory, 'shop');
    await succeeds(run('kubectl', 'kd', 'app', 'init', app));
    await succeeds(run('kubectl', 'kd', 'app', 'lint', app));
    const [, link = ''] = /^ *(ln -s .*)$/m.exec(readFileSync(manifest, 'utf8')) ?? [];
    await succeeds(run('bash', '-c', link));
    const { stdout } = await succeeds(run('kubectl', '__complete', 'kd', 'vers'));
    expect(stdout).toMatch(/^version\t/m);
  });

  it('takes it away again', async () => {
    await succeeds(run(executable, 'uninstall', 'kd'));
    expect((await run('kubectl', 'kd', 'version')).stderr).toContain('unknown command "kd"');
  });

  it('installs from a manifest and an archive on the disk, too', async () => {
    root = 'another';
    await succeeds(install(`--archive=${archive}`));
    expect((await succeeds(run('kubectl', 'kd', 'version'))).stdout).toBe(`${version}\n`);
  });
});
