// Builds dist/kubedirector.js, the whole program in one file.
import { chmodSync, existsSync } from 'node:fs';
import { bundle } from './bundle.js';

const entryPoints = { kubedirector: 'src/main.ts' };
if (existsSync('test/bench/main.ts')) entryPoints.bench = 'test/bench/main.ts';
await bundle(entryPoints, 'dist');
chmodSync('dist/kubedirector.js', 0o755);
