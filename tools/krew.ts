// Makes the archive of kubectl's plugin that krew installs, and the manifest that says where it is and what its checksum is:
//
//   npm run build
//   npm run krew -- https://downloads.example.com/kubedirector/v0.1.0
//
// Both come into dist/krew. Upload the archive to that address, and give the manifest to krew or to an index of it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { archiveOf, krewManifest, pluginFiles } from './krew/archive.ts';

const [address] = process.argv.slice(2);
if (address === undefined || !URL.canParse(address)) throw new Error('say the address of the folder of the archive');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const name = `kubectl-kd-v${version}.tar.gz`;
const { bytes, sha256 } = archiveOf(pluginFiles('.'));
mkdirSync('dist/krew', { recursive: true });
writeFileSync(`dist/krew/${name}`, bytes);
const uri = `${address.replace(/\/$/, '')}/${name}`;
const manifest = krewManifest(readFileSync('manifests/krew/kd.yaml', 'utf8'), { version: `v${version}`, uri, sha256 });
writeFileSync('dist/krew/kd.yaml', manifest);
console.log(`dist/krew/${name}\ndist/krew/kd.yaml`);
