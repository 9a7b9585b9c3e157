/** The archive of kubectl's plugin, and its manifest for krew. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { parseDocument } from 'yaml';
import { tarGz } from '../../src/plugin/app/tar.ts';

const programs = ['dist/kubectl-kd.js', 'dist/kubectl_complete-kd.js'];
const imported = /\b(?:from|import) ?\(?"(\.{1,2}\/[\w./-]+\.js)"/g;

/** A file of the archive. */
interface ArchiveFile {
  readonly path: string;
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

/** What the plugin consists of, in the order of paths. @param root the folder with package.json and a built dist */
export function pluginFiles(root: string): readonly ArchiveFile[] {
  const read = (path: string): Buffer => readFileSync(join(root, path));
  const paths = new Set(['LICENSE', 'NOTICE', 'package.json', 'dist/guest-tools.tgz']);
  for (const name of readdirSync(join(root, 'dist/page'))) paths.add(`dist/page/${name}`);
  const next = [...programs];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (paths.has(path)) continue;
    paths.add(path);
    for (const [, target = ''] of read(path).toString().matchAll(imported)) next.push(join(dirname(path), target));
  }
  return [...paths].sort().map((path) => ({ path, content: read(path), isExecutable: programs.includes(path) }));
}

/** The same bytes for the same files. */
export function archiveOf(files: readonly ArchiveFile[]): { readonly bytes: Buffer; readonly sha256: string } {
  const folders = [...new Set(files.flatMap(({ path }) => parentsOf(path)))].sort();
  const bytes = tarGz([...folders.map((path) => ({ path })), ...files]);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [...parentsOf(parent), parent];
}

/** @param base YAML without what depends on the release; its comments stay */
export function krewManifest(
  base: string,
  { version, uri, sha256 }: { readonly version: string; readonly uri: string; readonly sha256: string },
): string {
  const document = parseDocument(base);
  document.setIn(['spec', 'version'], version);
  document.setIn(['spec', 'platforms', 0, 'uri'], uri);
  document.setIn(['spec', 'platforms', 0, 'sha256'], sha256);
  return document.toString({ lineWidth: 0 });
}
