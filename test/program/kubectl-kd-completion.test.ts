/** What shells complete after `kubectl kd`. It needs a kubectl, which asks the program for choices as shells do. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { kubectls } from '../support/kubectl.ts';
import { startPluginFixture, type PluginFixture } from './support/plugin.ts';

const [kubectl = ''] = kubectls();

describe.skipIf(kubectl === '')("completion through kubectl's own", () => {
  let fixture: PluginFixture;
  beforeAll(async () => {
    fixture = await startPluginFixture();
  });
  afterAll(() => fixture.stop());

  /** The lines that the shell's script gets: choices, then the sum of directives. */
  async function completed(...words: string[]): Promise<string[]> {
    const { directory, server } = fixture;
    const bin = join(directory, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['kubectl-kd', 'kubectl_complete-kd']) {
      rmSync(join(bin, name), { force: true });
      symlinkSync(resolve(`dist/${name}.js`), join(bin, name));
    }
    const path = [bin, process.env['PATH'] ?? ''].join(delimiter);
    const env = { HOME: directory, KUBECONFIG: server.kubeconfig, PATH: path };
    const { stdout } = await command(['__complete', 'kd', ...words], { executable: kubectl, env }).ended;
    return stdout.trimEnd().split('\n');
  }

  it('offers commands and flags', async () => {
    expect(await completed('res')).toEqual([
      'restart\trestart all members, or some, as the update strategy says',
      'resume\tstart the members of a suspended cluster',
      ':4',
    ]);
    expect(await completed('get', '--all')).toEqual(['--all-namespaces\tof all namespaces', ':4']);
  });

  it.each([
    [
      ['tree', ''],
      ['spark', ':4'],
    ],
    [
      ['get', '-n', 'kube-sys'],
      ['kube-system', ':4'],
    ],
    [['tree', '-n', 'kube-system', ''], [':4']],
    [
      ['scale', 'spark', 'w'],
      ['worker', ':4'],
    ],
    [
      ['open', 'spark/j'],
      ['spark/jupyter', ':4'],
    ],
    [
      ['upgrade', 'spark', '--app', ''],
      ['spark', ':4'],
    ],
    [['get', '--kubeconfig', '/nowhere', ''], [':4']],
  ])('completes %j to %j', async (words, lines) => {
    expect(await completed(...words)).toEqual(lines);
  });

  it('offers members', async () => {
    const lines = await completed('logs', 'spark', '--member', 'spark-m');
    expect(lines).toEqual([expect.stringMatching(/^spark-master-\w+-0$/), ':4']);
  });
});
