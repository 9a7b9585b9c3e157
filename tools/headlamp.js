// Builds the plugin for Headlamp:
//
//   npm run headlamp
//
// It comes into dist/headlamp/kubedirector. Put this folder into Headlamp's folder of plugins.
import { copyFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

/**
 * What Headlamp has loaded already, and where. Source: @kinvolk/headlamp-plugin, config/vite.config.mjs
 * @type {Record<string, string>}
 */
const provided = {
  '@kinvolk/headlamp-plugin/lib': 'pluginLib',
  react: 'pluginLib.React',
  'react/jsx-runtime': 'pluginLib.ReactJSX',
  'react-router-dom': 'pluginLib.ReactRouter',
};

const outdir = 'dist/headlamp/kubedirector';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { main: 'manifests/headlamp/src/index.tsx' },
  outdir,
  bundle: true,
  minify: true,
  platform: 'browser',
  target: ['chrome120', 'firefox120', 'safari17'],
  format: 'iife',
  legalComments: 'none',
  logLevel: 'warning',
  tsconfig: 'manifests/headlamp/tsconfig.json',
  plugins: [
    {
      name: 'provided by Headlamp',
      setup(builder) {
        const namespace = 'headlamp';
        builder.onResolve({ filter: /^(@kinvolk|react)/ }, ({ path }) => ({ path, namespace }));
        builder.onLoad({ filter: /.*/, namespace }, ({ path }) => {
          const name = provided[path];
          if (name === undefined)
            throw new Error(`Headlamp does not give ${path} to plugins, or it is missing in tools/headlamp.js`);
          return { contents: `module.exports = ${name};` };
        });
      },
    },
  ],
});
copyFileSync('manifests/headlamp/package.json', `${outdir}/package.json`);
