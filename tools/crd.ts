/**
 * Prints openapi/kubedirector's kinds as CustomResourceDefinitions, to ask a kube-apiserver how it serves the same
 * schema: node tools/run.js tools/crd.ts [--group GROUP] KIND… > crds.json
 * The group must be another where the cluster has an APIService for ours.
 */
import { parseArgs } from 'node:util';
import { kubedirectorResources } from '../src/apis/kubedirector/schemas.gen.ts';
import { customResourceDefinition, type Kind } from './custom-resources.ts';

function isKind(name: string): name is Kind {
  return Object.hasOwn(kubedirectorResources, name);
}

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { group: { type: 'string', default: 'kubedirector.hpe.com' } },
});
const items = positionals.map((kind) => {
  if (!isKind(kind)) throw new Error(`no kind ${kind}`);
  return customResourceDefinition(values.group, kind);
});
process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1)}\n`);
