/**
 * A ClusterRole with an aggregationRule gets the rules of all ClusterRoles that it selects.
 * Source: k8s.io/kubernetes/pkg/controller/clusterroleaggregation
 */
import { deepEqual } from '../../meta/json.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import type { ClusterRole, PolicyRule } from '../kinds.ts';
import { createLoop } from '../simulation/loop.ts';
import { adminContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';

/** Makes the simulator that writes the rules of aggregated ClusterRoles. */
export function createRoleAggregation(world: World): Simulator {
  const { clusterRoles } = world.native;
  const all = (): readonly ClusterRole[] => clusterRoles.cache.list({}).objects.map(({ object }) => object);
  const loop = createLoop(world, {
    name: 'cluster-role-aggregation',
    workers: 1,
    async reconcile(name, signal) {
      const role = clusterRoles.cache.get('', name)?.object;
      if (role?.aggregationRule === undefined) return undefined;
      const rules = aggregatedRules(role, all());
      if (deepEqual(rules, role.rules ?? [])) return undefined;
      // The real controller has the verb `escalate`; here it writes as the administrator.
      await clusterRoles.update(adminContext(signal), { namespace: '', name }, (now) => ({ ...(now ?? role), rules }));
      return undefined;
    },
  });
  const view = createView(
    () => clusterRoles.cache,
    () => {
      for (const { aggregationRule, metadata } of all()) {
        if (aggregationRule !== undefined && metadata.name !== undefined) loop.add(metadata.name);
      }
    },
  );
  return { start: (signal) => loop.start(signal, [view]) };
}

/** The rules in the order of the selectors, then by the names of the roles. Each rule appears once. */
function aggregatedRules({ aggregationRule, metadata }: ClusterRole, roles: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const spec of aggregationRule?.clusterRoleSelectors ?? []) {
    const selector = labelSelectorFrom(spec);
    const chosen = roles.filter(
      (one) => one.metadata.name !== metadata.name && selector.matches(one.metadata.labels ?? {}),
    );
    const sorted = chosen.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    for (const rule of sorted.flatMap((one) => one.rules ?? [])) {
      if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
