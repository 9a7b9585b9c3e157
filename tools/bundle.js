// How everything here is bundled: one ES module for Node.js, packages included, source map beside it.
import { build } from 'esbuild';

/**
 * @param {Record<string, string>} entryPoints output name (without .js) → source file
 * @param {string} outdir
 */
export async function bundle(entryPoints, outdir) {
  await build({
    entryPoints,
    outdir,
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
