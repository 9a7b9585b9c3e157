// How everything here is bundled: ES modules for Node.js, packages included, source maps beside them.
import { build } from 'esbuild';

/**
 * @param {Record<string, string>} entryPoints output name (without .js) → source file
 * @param {string} outdir
 * @param {{ splitting?: boolean }} [options] splitting: what is imported when it is needed lies in files of its own
 */
export async function bundle(entryPoints, outdir, { splitting = false } = {}) {
  await build({
    entryPoints,
    outdir,
    splitting,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'warning',
    loader: { '.sh': 'text', '.yaml': 'text' },
    // CommonJS packages inside an ES module still call require().
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
}
