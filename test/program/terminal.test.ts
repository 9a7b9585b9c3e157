import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startProgram, type RunningProgram } from './support/program.ts';
import { adminOf } from './support/https.ts';

let directory: string;
let server: RunningProgram;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-terminal-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const kdGroup = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';
const example = (name: string): unknown =>
  parseAllDocuments(readFileSync(join('manifests/examples/spark', name), 'utf8'))[0]?.toJS();

async function printed(text: string | RegExp): Promise<void> {
  await expect.poll(() => server.output(), { timeout: 60_000, interval: 100 }).toMatch(text);
}

/** What came after the welcome. */
const lines = (): string[] => (server.output().split('started again.\n')[1] ?? '').trimEnd().split('\n');

describe('the terminal of a playground', () => {
  it('prints the life of a cluster, one readable line for each step', { timeout: 120_000 }, async () => {
    server = await startProgram({ directory });
    const admin = adminOf(directory, server.output());
    await admin('POST', `${kdGroup}/kubedirectorapps`, example('app.yaml'));
    await admin('POST', `${kdGroup}/kubedirectorclusters`, example('cluster.yaml'));
    await printed('cluster default/spark is Ready: all 4 members are configured');
    const clause = {
      metadata: { annotations: { 'playground.kubedirector.hpe.com/simulate': 'fail-configure=worker' } },
    };
    await admin('PATCH', `${kdGroup}/kubedirectorclusters/spark`, clause);
    await admin('PATCH', `${kdGroup}/kubedirectorroles/spark.worker/scale`, { spec: { replicas: 3 } });
    await printed(/warning: .*failed to run initial config/);
    await admin('DELETE', `${kdGroup}/kubedirectorclusters/spark`);
    await printed('cluster default/spark deleted');
    await admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await admin('DELETE', '/api/v1/namespaces/shop');
    await printed('namespace shop deleted');
    const told = lines();
    expect(told.slice(0, 2)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d app default\/spark created$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d cluster default\/spark created: app spark, 4 members$/),
    ]);
    const all = told.join('\n');
    expect(all.match(/initial config done for member spark-\w+-\w+-\d in role \w+$/gm)).toHaveLength(4);
    expect(all).toMatch(/role worker of cluster default\/spark scaled from 2 to 3$/m);
    expect(all).toMatch(/cluster default\/spark is no longer Ready: being set up: spark-worker-\w+-2$/m);
    expect(all).toMatch(
      /warning: cluster default\/spark: failed to run initial config for member spark-worker-\w+-2 in role worker: .*status 1$/m,
    );
    expect(all).toMatch(/warning: last words of the set-up of spark-worker-\w+-2: \S/);
    expect(all).toMatch(/namespace shop created$/m);
    for (const line of told) {
      expect(line).toMatch(/^\d\d:\d\d:\d\d \S/);
      expect(line).not.toMatch(/[{}]/);
      expect(line).not.toContain('\u001b');
      expect(line.length).toBeLessThan(510);
    }
  });

  it('prints JSON if asked to', { timeout: 60_000 }, async () => {
    server = await startProgram({ directory, args: ['--log-format', 'json'] });
    const admin = adminOf(directory, server.output());
    await admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await printed('namespace shop created');
    expect(lines().map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 30, msg: 'namespace shop created' }),
    ]);
  });
});
