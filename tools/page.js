// Builds the page for browsers: dist/page with index.html, and files whose names change with their content.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

/** @param {string} outdir made if it is missing */
export async function bundlePage(outdir) {
  const { metafile } = await build({
    entryPoints: { page: 'src/page/main.ts', style: 'src/page/page.css' },
    outdir,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: ['chrome120', 'firefox120', 'safari17'],
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    tsconfig: 'src/page/tsconfig.json',
  });
  const names = Object.keys(metafile.outputs).map((path) => basename(path));
  const named = (/** @type {string} */ start) => names.find((name) => name.startsWith(start)) ?? start;
  const html = readFileSync('src/page/index.html', 'utf8');
  const page = html.replace('STYLE', named('style-')).replace('SCRIPT', named('page-'));
  writeFileSync(`${outdir}/index.html`, page);
}
