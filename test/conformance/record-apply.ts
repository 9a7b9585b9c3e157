/**
 * Records how a kube-apiserver tracks the ownership of fields, for comparison with the answers of our server. Its
 * controller manager must not run, because it would change the StatefulSets, too:
 *
 *   node tools/run.js tools/crd.ts --group conformance.example.com KubeDirectorApp KubeDirectorCluster | kubectl apply --server-side -f -
 *   node tools/run.js test/conformance/record-apply.ts KUBECONFIG conformance.example.com > test/conformance/recorded/apply.json
 *
 * The output is a list of scenarios. Each one has its requests with their answers, one on each line.
 */
import { playApply } from './apply/play.ts';
import { applyScenarios } from './apply/scenarios.ts';
import { targetOf } from './target.ts';

const [kubeconfig, group] = process.argv.slice(2);
if (kubeconfig === undefined || group === undefined) throw new Error('usage: record-apply.ts KUBECONFIG GROUP');
const target = targetOf(kubeconfig);
const recorded: string[] = [];
for (const [index, scenario] of applyScenarios.entries()) {
  const namespace = `conformance-apply-${index + 1}`;
  const metadata = { name: namespace };
  await target.ask('/api/v1/namespaces', { method: 'POST', body: { apiVersion: 'v1', kind: 'Namespace', metadata } });
  const answers = await playApply(target, scenario, { group, namespace });
  const steps = scenario.steps.map((request, at) => JSON.stringify({ ...request, answer: answers[at] }));
  recorded.push(`{"name": ${JSON.stringify(scenario.name)}, "steps": [\n${steps.join(',\n')}\n]}`);
}
target.close();
process.stdout.write(`[${recorded.join(',\n')}]\n`);
