// Bundles host.jsx with Headlamp's library. Usage: node build.js FOLDER, in which node_modules is
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { build } from 'esbuild';

const [folder = '.'] = process.argv.slice(2);
/** Large parts for editors, icons, maps and OpenAPI, which the views of the plugin do not show. */
const leftOut = /^(monaco-editor|elkjs|@mui\/icons-material|@apidevtools)/;

await build({
  entryPoints: [`${folder}/host.jsx`],
  outdir: `${folder}/out`,
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  jsx: 'automatic',
  logLevel: 'error',
  loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
  define: {
    'process.env.NODE_ENV': '"production"',
    global: 'globalThis',
    'import.meta.env': '{}',
    'import.meta.env.BASE_URL': '"/"',
  },
  plugins: [
    {
      name: 'pictures, texts, and what is left out',
      setup(builder) {
        builder.onResolve({ filter: /\.svg\?/ }, ({ path }) => ({ path, namespace: 'nothing' }));
        builder.onResolve({ filter: leftOut }, ({ path }) => ({ path, namespace: 'nothing' }));
        // One language, and not in the way of webpack. For some words the library has no texts.
        const texts = 'Promise.resolve().then(() => import(`./locales/en/${namespace}.json`)).catch(() => ({}))';
        builder.onLoad({ filter: /lib\/i18n\/config\.js$/ }, ({ path }) => ({
          contents: readFileSync(path, 'utf8').replace(/import\(`[^`]*`\)/, () => texts),
        }));
        builder.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({
          contents: 'module.exports = Object.assign(() => null, { ReactComponent: () => null });',
        }));
      },
    },
  ],
});
writeFileSync(
  `${folder}/out/index.html`,
  '<!doctype html><meta charset="utf-8"><title>Headlamp</title><link rel="stylesheet" href="/host.css">' +
    '<body><div id="root"></div><script src="/host.js"></script>',
);
