import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const examples = resolve('manifests/examples');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'app.yaml')));
const read = (...path: string[]): string => readFileSync(join(examples, ...path), 'utf8');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-examples-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('There are examples', () => {
  expect(names).toEqual(['cassandra', 'spark', 'web']);
});

describe.each(names)('The example %s', (name) => {
  const app = parse(read(name, 'app.yaml')) as {
    metadata: { name: string };
    spec: { defaultImageRepoTag: string; defaultConfigPackage: { packageURL: string } };
  };

  it('bears the name of its folder, its cluster, too', () => {
    const cluster = parse(read(name, 'cluster.yaml')) as { metadata: { name: string }; spec: { app: string } };
    expect([app.metadata.name, cluster.metadata.name, cluster.spec.app]).toEqual([name, name, name]);
  });

  it('names the image that its Dockerfile makes, and the package in it', () => {
    const dockerfile = read(name, 'Dockerfile');
    expect(dockerfile).toContain(`docker build -t ${app.spec.defaultImageRepoTag} -f manifests/examples/${name}/`);
    const path = new URL(app.spec.defaultConfigPackage.packageURL).pathname;
    expect(dockerfile).toContain(`build-package.sh ${name} ${path}`);
    for (const [, source = ''] of dockerfile.matchAll(/^COPY (\w\S*) /gm)) {
      expect(existsSync(join(examples, source)), source).toBe(true);
    }
  });

  it('has a package whose bytes depend on nothing but its files', () => {
    const copy = join(directory, name);
    cpSync(examples, copy, { recursive: true });
    utimesSync(join(copy, name, 'package/startscript'), 1_000_000_000, 1_000_000_000);
    const made = [examples, copy].map((folder, index) => {
      const file = join(directory, `${name}-${index}.tgz`);
      execFileSync(join(folder, 'build-package.sh'), [name, file]);
      return file;
    });
    const [first, second] = made.map((file) => readFileSync(file));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
    const listed = execFileSync('tar', ['-tvzf', made[0] ?? ''], { encoding: 'utf8' });
    expect(listed).toMatch(new RegExp(`^-rwxr-xr-x 0/0 .* ${name}/startscript$`, 'm'));
  });
});

it('build-package.sh says what there is not', () => {
  const { status, stderr } = spawnSync(join(examples, 'build-package.sh'), ['nothing', join(directory, 'x.tgz')]);
  expect([status, String(stderr)]).toEqual([66, 'there is no example nothing\n']);
});
