/** PodDisruptionBudgets that are not to be found by the label of a cluster: users' own, and those that have lost it. */
import { clusterLabel } from '../../apis/kubedirector/well-known.ts';
import type { PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import type { Lister } from '../../clients/contract.ts';
import type { Stored } from '../../meta/object.ts';
import type { ByName } from '../plan/observed.ts';

/** There may be very many budgets in a namespace; few of them are strays. */
export interface StrayBudgets {
  /** These, and the strays of the namespace. */
  added(budgets: ByName<Stored<PodDisruptionBudget>>, namespace: string): ByName<Stored<PodDisruptionBudget>>;
  /** Follows the view until `stop`. */
  start(): void;
  stop(): void;
}

/** Knows none before `start`. */
export function createStrayBudgets(budgets: Pick<Lister<PodDisruptionBudget>, 'list' | 'onChange'>): StrayBudgets {
  const strays = new Map<string, Map<string, Stored<PodDisruptionBudget>>>();

  function put(budget: Stored<PodDisruptionBudget>): void {
    const { namespace = '', name } = budget.metadata;
    const found = strays.get(namespace) ?? new Map<string, Stored<PodDisruptionBudget>>();
    strays.set(namespace, found.set(name, budget));
  }
  function drop({ metadata: { namespace = '', name } }: Stored<PodDisruptionBudget>): void {
    const found = strays.get(namespace);
    if (found?.delete(name) === true && found.size === 0) strays.delete(namespace);
  }

  let stop = (): void => undefined;
  return {
    added: (found, namespace) => new Map([...found, ...(strays.get(namespace) ?? [])]),
    start() {
      stop = budgets.onChange(({ object, old }) => {
        if (object !== undefined && isStray(object)) put(object);
        else if (object !== undefined) drop(object);
        else if (old !== undefined) drop(old);
      });
      for (const budget of budgets.list()) if (isStray(budget)) put(budget);
    },
    stop: () => {
      stop();
    },
  };
}

const isStray = ({ metadata: { labels, ownerReferences = [] } }: PodDisruptionBudget): boolean =>
  labels?.[clusterLabel] === undefined || !ownerReferences.some(({ controller }) => controller === true);
