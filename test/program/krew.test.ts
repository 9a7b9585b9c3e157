import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { archiveOf, krewManifest, pluginFiles } from '../../tools/krew/archive.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-krew-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** What krew wants of a manifest. Source: sigs.k8s.io/krew, internal/index/validation and pkg/index/types.go */
function problems(manifest: object, name: string): string[] {
  const found: string[] = [];
  const want = (what: string, isRight: boolean): void => {
    if (!isRight) found.push(what);
  };
  const known = (object: object, fields: string[], at: string): void => {
    for (const field of Object.keys(object)) want(`${at}.${field} is unknown`, fields.includes(field));
  };
  const { apiVersion, kind, metadata, spec } = manifest as {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: Record<string, unknown>;
    readonly spec?: Record<string, unknown>;
  };
  known(manifest, ['apiVersion', 'kind', 'metadata', 'spec'], '');
  want('apiVersion', apiVersion === 'krew.googlecontainertools.github.com/v1alpha2');
  want('kind', kind === 'Plugin');
  want('metadata.name', metadata?.['name'] === name && /^[\w-]+$/.test(name));
  known(spec ?? {}, ['version', 'shortDescription', 'description', 'caveats', 'homepage', 'platforms'], 'spec');
  const { shortDescription, version: release, platforms } = spec ?? {};
  want('spec.shortDescription', typeof shortDescription === 'string' && /^[^\r\n]+$/.test(shortDescription));
  want('spec.version', typeof release === 'string' && /^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(release));
  want('spec.platforms', Array.isArray(platforms) && platforms.length > 0);
  for (const platform of platforms as Record<string, unknown>[]) {
    known(platform, ['uri', 'sha256', 'selector', 'files', 'license', 'bin'], 'platform');
    for (const field of ['uri', 'bin']) want(field, typeof platform[field] === 'string' && platform[field] !== '');
    want('sha256', typeof platform['sha256'] === 'string' && /^[a-f0-9]{64}$/.test(platform['sha256']));
    const { matchExpressions = [], matchLabels = {} } = (platform['selector'] ?? {}) as {
      matchExpressions?: { key: string }[];
      matchLabels?: object;
    };
    const keys = [...matchExpressions.map(({ key }) => key), ...Object.keys(matchLabels)];
    want('selector', keys.length > 0 && keys.every((key) => ['os', 'arch'].includes(key)));
  }
  return found;
}

it('has a manifest that krew takes, with the checksum of the archive', () => {
  const files = pluginFiles('.');
  const { bytes, sha256 } = archiveOf(files);
  expect(archiveOf(pluginFiles('.')).sha256).toBe(sha256);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  const base = readFileSync('manifests/krew/kd.yaml', 'utf8');
  const made = { version: `v${version}`, uri: 'https://downloads.example.com/kubectl-kd.tar.gz', sha256 };
  const manifest = parse(krewManifest(base, made)) as { spec: { platforms: [{ bin: string }] } };
  expect(problems(manifest, 'kd')).toEqual([]);
  expect(manifest.spec).toMatchObject({ version: made.version, platforms: [{ uri: made.uri, sha256 }] });
  const bin = files.find(({ path }) => path === manifest.spec.platforms[0].bin);
  expect(bin?.isExecutable).toBe(true);
});

it('has all that the plugin loads in the archive, and nothing of the server', () => {
  const files = pluginFiles('.');
  execFileSync('tar', ['-xzf', '-', '-C', directory], { input: archiveOf(files).bytes });
  const run = (...[program = '', ...args]: string[]): string =>
    execFileSync(join(directory, 'dist', program), args, { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  expect(run('kubectl-kd.js', 'version')).toBe(`${version}\n`);
  const app = join(directory, 'shop');
  expect(run('kubectl-kd.js', 'app', 'init', app)).toContain('package/startscript\n');
  expect(run('kubectl-kd.js', 'app', 'lint', app)).toBe('');
  expect(run('kubectl_complete-kd.js', 'vers')).toMatch(/^version\t.*\n:4\n$/);
  for (const { path, content } of files) expect(content.toString(), path).not.toMatch(/^\/\/ src\/(server|storage)\//m);
});
