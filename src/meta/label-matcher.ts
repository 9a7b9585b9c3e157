/**
 * Matches label selectors against many objects. Requirements for the same label are merged first, so that a selector
 * with a thousand of them costs no more per object than one with a single requirement.
 */
import { int64, type LabelRequirement } from './label-requirement.ts';

type Labels = Readonly<Record<string, string>>;

/** All requirements for one label, merged. */
interface Demand {
  /** Whether the label must be there. */
  present: boolean;
  /** Whether the label must not be there. */
  absent: boolean;
  /** Undefined: any value will do. */
  allowed: ReadonlySet<string> | undefined;
  readonly excluded: Set<string>;
  above: bigint | undefined;
  below: bigint | undefined;
}

/** Up to this many labels are looked up one by one. Beyond it, going through the object's own labels is cheaper. */
const fewLabels = 8;

/** Whether labels satisfy all the requirements. One that is absent satisfies only `!key`, `!=` and `notin`. */
export function labelMatcher(requirements: readonly LabelRequirement[]): (labels: Labels) => boolean {
  const demands = new Map<string, Demand>();
  for (const requirement of requirements) {
    let demand = demands.get(requirement.key);
    if (demand === undefined) demands.set(requirement.key, (demand = anything()));
    add(demand, requirement);
  }
  const all = [...demands];
  if (all.length <= fewLabels) {
    return (labels) =>
      all.every(([key, demand]) => satisfies(demand, Object.hasOwn(labels, key) ? labels[key] : undefined));
  }
  const present = all.filter(([, demand]) => demand.present).map(([key]) => key);
  return (labels) =>
    present.every((key) => Object.hasOwn(labels, key)) &&
    Object.keys(labels).every((key) => {
      const demand = demands.get(key);
      return demand === undefined || satisfies(demand, labels[key]);
    });
}

function anything(): Demand {
  const nothing = { allowed: undefined, above: undefined, below: undefined };
  return { present: false, absent: false, excluded: new Set(), ...nothing };
}

function add(demand: Demand, { operator, values }: LabelRequirement): void {
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      demand.present = true;
      demand.allowed = new Set(
        demand.allowed === undefined ? values : values.filter((value) => demand.allowed?.has(value)),
      );
      return;
    case 'notin':
    case '!=':
      for (const value of values) demand.excluded.add(value);
      return;
    case 'exists':
      demand.present = true;
      return;
    case '!':
      demand.absent = true;
      return;
    case 'gt':
    case 'lt':
      demand.present = true;
      bound(demand, operator, int64(values[0] ?? ''));
  }
}

function bound(demand: Demand, operator: 'gt' | 'lt', value: bigint | undefined): void {
  if (value === undefined) demand.allowed = new Set();
  else if (operator === 'gt') demand.above = demand.above === undefined || value > demand.above ? value : demand.above;
  else demand.below = demand.below === undefined || value < demand.below ? value : demand.below;
}

function satisfies(demand: Demand, value: string | undefined): boolean {
  if (value === undefined) return !demand.present;
  if (demand.absent || demand.excluded.has(value) || demand.allowed?.has(value) === false) return false;
  const { above, below } = demand;
  if (above === undefined && below === undefined) return true;
  const number = int64(value);
  return number !== undefined && (above === undefined || number > above) && (below === undefined || number < below);
}
