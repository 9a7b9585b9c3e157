// Runs before `helm uninstall` removes anything. Ends with 1 while there are clusters, or while nobody can tell.
import { readFileSync } from 'node:fs';
import process from 'node:process';

const { API_SERVER, TOKEN_FILE } = process.env;
const path = '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters?limit=20';

async function clusters() {
  const authorization = `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`;
  const signal = AbortSignal.timeout(30_000);
  const response = await fetch(`${API_SERVER}${path}`, { headers: { authorization }, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`kube-apiserver answered ${response.status}: ${text}`);
  return JSON.parse(text).items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

try {
  const found = await clusters();
  if (found.length > 0) {
    console.error(`These KubeDirectorClusters exist, and possibly more: ${found.join(', ')}.
Delete them first: without the server nothing would remove their pods, Services and volumes.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`It is not known whether KubeDirectorClusters exist: ${error.cause?.message ?? error.message}
Get the server to run again. If you give up its clusters, use helm uninstall --no-hooks.`);
  process.exitCode = 1;
}
