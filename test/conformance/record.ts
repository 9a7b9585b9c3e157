/**
 * Records the answers of a kube-apiserver for test/program/conformance.test.ts.
 *
 *   node tools/run.js tools/crd.ts KubeDirectorApp | kubectl apply --server-side -f -
 *   node tools/run.js test/conformance/record.ts KUBECONFIG > test/conformance/recorded.json
 */
import { play, prepare } from './play.ts';
import { scenarios } from './scenarios.ts';
import { targetOf } from './target.ts';

const kubeconfig = process.argv[2];
if (kubeconfig === undefined) throw new Error('usage: record.ts KUBECONFIG');
const target = targetOf(kubeconfig);
await prepare(target);
const recorded: Record<string, unknown> = {};
for (const scenario of scenarios) recorded[scenario.name] = await play(target, scenario);
target.close();
process.stdout.write(`${JSON.stringify(recorded, null, 1)}\n`);
