/** The scenarios with recorded answers, which `npm test` compares. They are also played live. */
import { applyScenarios } from '../../apply/scenarios.ts';
import { group } from '../../requests/scenario.ts';
import { scenarios } from '../../scenarios.ts';
import type { LiveRequest, LiveScenario } from '../scenario.ts';

/** Without watches, which have their own live scenarios. */
const played = scenarios.filter(({ name }) => name !== 'watches');

const general = played.map(({ name, steps }): LiveScenario => {
  const comparable = steps.filter(({ ours }) => ours !== 'any');
  const live = comparable.map(({ step, path, method = 'GET', headers, body }): [string, LiveRequest] => [
    step,
    JSON.parse(
      JSON.stringify({
        method,
        path: path.startsWith('/apis/') ? path : `/apis/GROUP/v1beta1/namespaces/NAMESPACE${path}`,
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body, contentType: 'application/json' }),
      }).replaceAll(group, 'GROUP'),
    ) as LiveRequest,
  ]);
  return { name: `recorded: ${name}`, steps: Object.fromEntries(live) };
});

/** The controller does not change clusters that wait for their backup, and they may refer to absent objects. */
const waiting = {
  'kubedirector.hpe.com/restoring': '',
  'kubedirector.hpe.com/allow-delete-while-restoring': '',
};

function leftAlone(request: LiveRequest): LiveRequest {
  const { body, path } = request;
  if (typeof body !== 'object' || body === null || !('kind' in body) || !('metadata' in body)) return request;
  if (body.kind !== 'KubeDirectorCluster' || path.endsWith('/status')) return request;
  const metadata = body.metadata as { labels?: object };
  return { ...request, body: { ...body, metadata: { ...metadata, labels: { ...metadata.labels, ...waiting } } } };
}

/** The objects of these scenarios break rules of the domain, or the controller owns a part of their status. */
const ofDomain = new Set([
  'fields that nobody wants any more go, others stay',
  'sets merge, atomic lists are one value',
  'the status has owners of its own',
]);

/** Without StatefulSets: they are built into kube-apiserver, so there is nothing to compare. */
const ownership = applyScenarios
  .filter(({ name, steps }) => !ofDomain.has(name) && steps.every(({ path }) => path.startsWith('/apis/GROUP/')))
  .map(({ name, steps }): LiveScenario => {
    const live = steps.map(({ step, ...request }): [string, LiveRequest] => [step, leftAlone(request)]);
    return { name: `apply: ${name}`, steps: Object.fromEntries(live) };
  });

export const recordedScenarios: readonly LiveScenario[] = [...general, ...ownership];
