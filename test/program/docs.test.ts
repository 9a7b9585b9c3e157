import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectls } from '../support/kubectl.ts';
import { shownCommands } from '../support/markdown.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

/** Pages whose commands are run, each in a namespace of its own. */
const pages = [
  'index',
  'quick-start',
  'concepts',
  'reference/metrics',
  'how-to/jupyter',
  'how-to/autoscaling',
  'how-to/connections',
  'how-to/storage',
  'how-to/stop-and-start',
  'tutorial',
];
/** Those whose commands make files begin in an empty folder. */
const inEmptyFolder: readonly string[] = ['tutorial'];
const [kubectl] = kubectls();

/** A line as a pattern: what differs from run to run (names, times, addresses) may be anything. */
function patternOf(line: string): RegExp {
  const words = line.trim().split(/\s+/).map(wordPattern);
  return new RegExp(`^\\s*${words.join('\\s+')}\\s*$`);
}

function wordPattern(word: string): string {
  if (word === '…') return '.*';
  if (/^(\d+[dhms])+$/.test(word)) return '(?:\\d+[dhms])+';
  // Newer kubectls say from where.
  if (word === 'deleted') return 'deleted(?: from \\S+ namespace)?';
  return word
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/-[a-z0-9]{5}(?=-\d|\b)/g, (text) => (/\d/.test(text) ? '-[a-z0-9]{5}' : text))
    .replaceAll('default\\.svc', '[a-z-]+\\.svc')
    .replaceAll('namespaces/default/', 'namespaces/[a-z-]+/');
}

/** The first line that was to be printed and was not; undefined if all were. */
function missingLine(lines: readonly string[], printed: string): string | undefined {
  let rest = printed.split('\n');
  for (const line of lines) {
    if (line.trim() === '…') continue;
    const at = rest.findIndex((one) => patternOf(line).test(one));
    if (at === -1) return line;
    rest = rest.toSpliced(at, 1);
  }
  return undefined;
}

// Needs a kubectl, as readers do.
describe.skipIf(kubectl === undefined)('commands that the documentation shows', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-docs-'));
  const plugins = join(directory, 'bin');
  let server: RunningProgram;

  beforeAll(async () => {
    mkdirSync(plugins);
    symlinkSync(resolve('dist/kubectl-kd.js'), join(plugins, 'kubectl-kd'));
    server = await startProgram({ directory });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  /** A shell of a page, in a namespace of its own: gives what a command prints, on both outputs. */
  function shellOf(namespace: string, cwd?: string): (command: string) => Promise<string> {
    const kubeconfig = join(directory, `kubeconfig-${namespace}`);
    copyFileSync(server.kubeconfig, kubeconfig);
    const path = [plugins, dirname(resolve(kubectl ?? '')), process.env['PATH'] ?? ''].join(delimiter);
    const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(directory, 'cache') };
    return (command) =>
      new Promise((done) => {
        execFile('bash', ['-c', `{ ${command}\n} 2>&1`], { env, timeout: 90_000, cwd }, (error, stdout) => {
          done(error === null ? stdout : `${stdout}\n${error.message}`);
        });
      });
  }

  it.concurrent.each(pages)('print on %s what it says', { timeout: 300_000 }, async (page) => {
    const namespace = `page-${page.replaceAll('/', '-')}`;
    const folder = inEmptyFolder.includes(page) ? mkdtempSync(join(directory, 'empty-')) : undefined;
    const printed = shellOf(namespace, folder);
    await printed(`kubectl create namespace ${namespace}`);
    await printed(`kubectl config set-context --current --namespace ${namespace}`);
    const commands = shownCommands(readFileSync(`docs/${page}.md`, 'utf8'));
    expect(commands.length).toBeGreaterThan(0);
    for (const { command, output, line } of commands) {
      const text = await printed(command);
      expect(missingLine(output, text), `docs/${page}.md:${line}: $ ${command}\n${text}`).toBeUndefined();
    }
  });
});
