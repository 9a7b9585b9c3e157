/** pods/eviction, which `kubectl drain` uses. No PodDisruptionBudget can refuse it: the playground has none. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { parseDeleteOptions } from '../../apiserver/registry/index.ts';
import type { ActionSubresource } from '../../apiserver/resource.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Eviction } from '../kinds.ts';
import type { DefinitionDeps } from '../native.ts';

/** Deletes the pod. Source: k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go */
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
      await deps.lookup.registry<Pod>('', 'pods').delete(context, target, { ...asked, dryRun });
      return succeeded();
    },
  };
}

/** The Status that answers every eviction. */
function succeeded(): KubeObject {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return status;
}
