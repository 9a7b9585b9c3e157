/** Plays scenarios on a server, in their own namespace. */
import { createNormalizer, observe, type Observation } from './observe.ts';
import { group, type Scenario } from './requests/scenario.ts';
import type { Target } from './target.ts';

const namespace = 'conformance';

export async function prepare(target: Target): Promise<void> {
  await target.ask('/api/v1/namespaces', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  await target.ask(`/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorapps`, { method: 'DELETE' });
}

export async function play(target: Target, scenario: Scenario): Promise<Observation[]> {
  const normalize = createNormalizer();
  const observations: Observation[] = [];
  for (const { step, path, differs, ...ask } of scenario.steps) {
    // An expected difference must not change the names in the next steps.
    const names = differs === undefined ? normalize : createNormalizer();
    const full = path.startsWith('/apis/') ? path : `/apis/${group}/v1beta1/namespaces/${namespace}${path}`;
    observations.push(observe(step, await target.ask(full, { ...ask, readForMs: 8000 }), names));
  }
  return observations;
}
