import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { lint } from '../../../src/plugin/app/lint.ts';
import { kill } from '../../support/kill.ts';

const examples = resolve('manifests/examples');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'app.yaml')));
const read = (...path: string[]): string => readFileSync(join(examples, ...path), 'utf8');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-examples-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('The examples are cassandra, etcd, kafka, llm, notebook, postgresql, redis, spark and web', () => {
  expect(names).toEqual(['cassandra', 'etcd', 'kafka', 'llm', 'notebook', 'postgresql', 'redis', 'spark', 'web']);
});

describe.each(names)('The example %s', (name) => {
  const app = parse(read(name, 'app.yaml')) as {
    metadata: { name: string };
    spec: { defaultImageRepoTag: string; defaultConfigPackage: { packageURL: string } };
  };

  it('has an app and a cluster with the name of its folder', () => {
    const cluster = parse(read(name, 'cluster.yaml')) as { metadata: { name: string }; spec: { app: string } };
    expect([app.metadata.name, cluster.metadata.name, cluster.spec.app]).toEqual([name, name, name]);
  });

  it('has nothing in it that `kubectl kd app lint` warns of', () => {
    expect(lint(join(examples, name)).findings.filter(({ severity }) => severity !== 'hint')).toEqual([]);
  });

  it('refers to the image that its Dockerfile builds, and to the package in it or in an image of its own', () => {
    const dockerfile = read(name, 'Dockerfile');
    expect(dockerfile).toContain(`docker build -t ${app.spec.defaultImageRepoTag} -f manifests/examples/${name}/`);
    const { packageURL } = app.spec.defaultConfigPackage;
    const [, image] = /^oci:\/\/(.*)$/.exec(packageURL) ?? [];
    const builds =
      image === undefined
        ? `build-package.sh ${name} ${new URL(packageURL).pathname}`
        : `docker build -t ${image} --target package -f manifests/examples/${name}/`;
    expect(dockerfile).toContain(builds);
    for (const [, source = ''] of dockerfile.matchAll(/^COPY (\w\S*) /gm)) {
      expect(existsSync(join(examples, source)), source).toBe(true);
    }
  });

  it('has a package that is the same, byte for byte, in another folder and with other file times', () => {
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
    expect(listed).not.toContain(' -> ');
  });
});

it('build-package.sh fails with a message if there is no such example', () => {
  const { status, stderr } = spawnSync(join(examples, 'build-package.sh'), ['nothing', join(directory, 'x.tgz')]);
  expect([status, String(stderr)]).toEqual([66, 'there is no example nothing\n']);
});

describe("the plan of Kafka's example for brokers that leave", () => {
  const plan = (leaving: string, staying: string, ...replicas: string[]): string => {
    const line = (list: string, at: number) =>
      `\tTopic: orders\tPartition: ${at}\tLeader: 1\tReplicas: ${list}\tIsr: ${list}\tElr: \tLastKnownElr: \n`;
    const input = `Topic: orders\tTopicId: x\tPartitionCount: ${replicas.length}\n${replicas.map(line).join('')}`;
    const args = ['-f', join(examples, 'kafka/package/reassign.awk'), '-v', `leaving=${leaving}`];
    return execFileSync('awk', [...args, '-v', `staying=${staying}`], { input, encoding: 'utf8' });
  };
  const planned = (text: string) =>
    (JSON.parse(text) as { partitions: { partition: number; replicas: number[] }[] }).partitions.map(
      ({ partition, replicas }) => [partition, replicas],
    );

  it('gives each of their copies to the broker that has the fewest and has none of that partition', () => {
    expect(planned(plan('1001', '1 2 3', '1001,1', '2,1', '1,1001'))).toEqual([
      [0, [3, 1]],
      [2, [1, 2]],
    ]);
  });

  it('keeps fewer copies if there are not enough brokers, and has nothing to do if they have none', () => {
    expect(planned(plan('1001 1002', '1', '1001,1,1002'))).toEqual([[0, [1]]]);
    expect(plan('1001', '1 2 3', '1,2', '2,3')).toBe('');
  });
});

describe('supervise', () => {
  it('starts a new service, starts it again after it has ended, and ends it before it ends itself', async () => {
    const services = join(directory, 'services');
    const news = join(directory, 'news');
    mkdirSync(services);
    const supervise = spawn(join(examples, 'supervise'), [services], { stdio: 'ignore' });
    const ended = once(supervise, 'exit');
    try {
      const script = `#!/bin/bash\ntrap 'echo ended >> ${news}; exit' TERM\necho "$$" >> ${news}\nwhile true; do sleep 0.1; done`;
      const whole = join(directory, 'sleeper');
      writeFileSync(whole, script, { mode: 0o755 });
      renameSync(whole, join(services, 'sleeper'));
      const said = (count: number): Promise<string[]> =>
        vi.waitFor(
          () => {
            // Whoever writes first makes an empty file first.
            const text = existsSync(news) ? readFileSync(news, 'utf8').trim() : '';
            const lines = text === '' ? [] : text.split('\n');
            expect(lines).toHaveLength(count);
            return lines;
          },
          { timeout: 30_000, interval: 50 },
        );
      const [first = ''] = await said(1);
      kill(first, 'SIGKILL');
      const [, second] = await said(2);
      expect(second).not.toBe(first);
      supervise.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect((await said(3))[2]).toBe('ended');
    } finally {
      supervise.kill('SIGKILL');
    }
  });
});
