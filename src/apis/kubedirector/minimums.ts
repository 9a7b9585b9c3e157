/** What an app asks of each member of a role at least, and a cluster does not give. */
import { Quantity } from '../../meta/quantity.ts';
import { quantityOf, type QuantityValue } from './quantities.ts';
import type { AppRole, ClusterRole } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** One amount that is too small. */
export interface Shortfall {
  /** A resource by its name, or the size of the storage. */
  readonly of: { readonly resource: string } | 'storage';
  readonly least: QuantityValue;
  /** Undefined: there is none at all. */
  readonly given: QuantityValue | undefined;
}

/** Amounts that are no quantities, and missing resources, are for the schema to report: there is no shortfall of them. */
export function shortfalls(role: WellShaped<ClusterRole>, definition: AppRole): readonly Shortfall[] {
  const { minResources, minStorage } = definition;
  const resources = Object.entries(minResources ?? {}).flatMap(([resource, least]): Shortfall[] => {
    const given = role.resources?.requests?.[resource];
    // What is not requested counts as 0.
    const amount = given === undefined ? Quantity.zero : quantityOf(given);
    if (role.resources === undefined || amount === undefined) return [];
    return isBelow(amount, least) ? [{ of: { resource }, least, given }] : [];
  });
  if (minStorage === undefined) return resources;
  const lacking: Shortfall = { of: 'storage', least: minStorage.size, given: role.storage?.size };
  if (role.storage === undefined)
    return minStorage.ephemeralModeSupported === true ? resources : [...resources, lacking];
  const size = quantityOf(role.storage.size);
  return size !== undefined && isBelow(size, minStorage.size) ? [...resources, lacking] : resources;
}

/** The shortfalls that a role has with the app of now, and had not, or had less, with the app of before. */
export function newShortfalls(
  role: WellShaped<ClusterRole>,
  now: AppRole,
  before: AppRole | undefined,
): readonly Shortfall[] {
  const known = before === undefined ? [] : shortfalls(role, before);
  const isKnown = ({ of, least }: Shortfall): boolean =>
    known.some((one) => nameOf(one.of) === nameOf(of) && !isAbove(least, one.least));
  return shortfalls(role, now).filter((one) => !isKnown(one));
}

const nameOf = (of: Shortfall['of']): string => (of === 'storage' ? of : `resource ${of.resource}`);

function isBelow(amount: Quantity, least: QuantityValue): boolean {
  const limit = quantityOf(least);
  return limit !== undefined && amount.compare(limit) < 0;
}

function isAbove(value: QuantityValue, other: QuantityValue): boolean {
  const amount = quantityOf(other);
  return amount !== undefined && isBelow(amount, value);
}
