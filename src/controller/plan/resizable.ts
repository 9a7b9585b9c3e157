/** Cpu and memory, which a node may change while a container runs (KEP-1287). */
import { canonicalQuantity } from '../../apis/kubedirector/quantities.ts';

type Quantities = Readonly<Record<string, string | number>>;
type Amounts = Readonly<Record<'cpu' | 'memory', string>>;

/** The resources of a container that can change while it runs. */
export interface Resizable {
  readonly limits: Amounts;
  readonly requests: Amounts;
}

/** As Kubernetes takes them: where there is no request, the limit is the request. */
export function resizableOf(resources: {
  readonly limits?: Quantities | undefined;
  readonly requests?: Quantities | undefined;
}): Resizable {
  const { limits = {}, requests = {} } = resources;
  const amountsOf = (quantities: Quantities): Amounts => {
    return { cpu: canonicalQuantity(quantities['cpu'] ?? 0), memory: canonicalQuantity(quantities['memory'] ?? 0) };
  };
  return { limits: amountsOf(limits), requests: amountsOf({ ...limits, ...requests }) };
}
