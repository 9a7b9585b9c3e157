/**
 * The resources that pods request and nodes offer. Source:
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
import type { Container, Node, Pod } from '../../apis/kubernetes/types.ts';
import { parseQuantity, Quantity } from '../../meta/quantity.ts';

/** Resource name ("cpu", "memory", "pods", "nvidia.com/gpu") to amount. */
export type Resources = ReadonlyMap<string, Quantity>;

const zero = (): Quantity => Quantity.zero;

function requests(container: Container): Resources {
  const entries = Object.entries(container.resources?.requests ?? {});
  return new Map(
    entries.flatMap(([name, value]) => {
      const quantity = parseQuantity(String(value));
      return quantity === undefined ? [] : [[name, quantity] as const];
    }),
  );
}

/** The sum of both, resource by resource. */
export function addResources(a: Resources, b: Resources): Resources {
  const sum = new Map(a);
  for (const [name, value] of b) sum.set(name, (sum.get(name) ?? zero()).add(value));
  return sum;
}

function largest(a: Resources, b: Resources): Resources {
  const most = new Map(a);
  for (const [name, value] of b) if (value.compare(most.get(name) ?? zero()) > 0) most.set(name, value);
  return most;
}

const onePod: Resources = new Map([['pods', parseQuantity('1') ?? zero()]]);

/** For each resource the sum of the containers, or one init container if that is larger; and 1 of "pods". */
export function podRequests({ spec }: Pod): Resources {
  const running = (spec?.containers ?? []).map(requests).reduce(addResources, onePod);
  return (spec?.initContainers ?? []).map(requests).reduce(largest, running);
}

/** What the node offers to pods: status.allocatable, or status.capacity if that is missing. */
export function allocatable({ status }: Node): Resources {
  const entries = Object.entries(status?.allocatable ?? status?.capacity ?? {});
  return new Map(
    entries.flatMap(([name, value]) => {
      const quantity = parseQuantity(String(value));
      return quantity === undefined ? [] : [[name, quantity] as const];
    }),
  );
}

/** The names of the resources that the node does not have enough of. */
export function insufficient(wanted: Resources, used: Resources, available: Resources): string[] {
  return [...wanted]
    .filter(
      ([name, value]) =>
        value.sign() > 0 && (used.get(name) ?? zero()).add(value).compare(available.get(name) ?? zero()) > 0,
    )
    .map(([name]) => name);
}
