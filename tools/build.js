// Builds dist/kubedirector.js, the program, and dist/kubectl-kd.js, kubectl's plugin, with its completion. What only some of
// their commands need is in dist/chunks. Also dist/guest-tools.tgz, which is put into containers, and dist/page, which is
// served to browsers.
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { bundle } from './bundle.js';
import { packGuestTools } from './guest-tools.js';
import { bundlePage } from './page.js';

rmSync('dist', { recursive: true, force: true });
// What tests have compiled of the program before (vitest.config.ts).
rmSync('node_modules/.cache/compiled', { recursive: true, force: true });
const programs = {
  kubedirector: 'src/main.ts',
  'kubectl-kd': 'src/plugin/main.ts',
  'kubectl_complete-kd': 'src/plugin/complete-main.ts',
};
await bundle(programs, 'dist', { splitting: true });
for (const program of Object.keys(programs)) chmodSync(`dist/${program}.js`, 0o755);
writeFileSync('dist/guest-tools.tgz', packGuestTools());
await bundlePage('dist/page');
if (existsSync('test/bench/main.ts')) {
  const children = { 'bench-resident': 'test/bench/resident/child.ts' };
  await bundle({ bench: 'test/bench/main.ts', 'bench-cluster': 'test/bench/cluster/main.ts', ...children }, 'dist');
}
