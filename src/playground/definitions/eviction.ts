/** pods/eviction, which `kubectl drain` uses. */
import type { Pod, PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import { parseDeleteOptions } from '../../apiserver/registry/index.ts';
import type { ActionSubresource } from '../../apiserver/resource.ts';
import type { KubeObject } from '../../meta/object.ts';
import { takeDisruption } from '../disruption/evict.ts';
import type { Eviction } from '../kinds.ts';
import type { DefinitionDeps } from '../native.ts';

/** Deletes the pod, unless its PodDisruptionBudget refuses it. Source: k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go */
export function evictionSubresource(deps: DefinitionDeps): ActionSubresource {
  return {
    type: 'action',
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    schema: deps.schema('io.k8s.api.policy.v1.Eviction'),
    async create(context, target, body, options) {
      const { deleteOptions = {} } = body as Eviction;
      const bytes = Buffer.from(JSON.stringify(deleteOptions));
      const asked = parseDeleteOptions(new URLSearchParams(), bytes, 'application/json');
      const dryRun = options.dryRun === true || asked.dryRun === true;
      const pods = deps.lookup.registry<Pod>('', 'pods');
      const { object: pod } = await pods.get(target);
      const disruptionBudgets = deps.lookup.registry<PodDisruptionBudget>('policy', 'poddisruptionbudgets');
      await takeDisruption({ native: { disruptionBudgets }, context, pod, now: deps.now(), dryRun });
      await pods.delete(context, target, { ...asked, dryRun });
      return succeeded();
    },
  };
}

/** The Status that answers every eviction. */
function succeeded(): KubeObject {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return status;
}
