/** What a container may ask for. Source: k8s.io/kubernetes/pkg/apis/core/validation and …/core/helper, v1.37 */
import { forbidden, invalid, required, type FieldError } from '../../../meta/field-error.ts';
import { qualifiedNameErrors } from '../../../meta/names.ts';
import { parseQuantity, type Quantity } from '../../../meta/quantity.ts';

type Amounts = Readonly<Record<string, string | number | undefined>>;

/** A container's resources; quantities that are none are left to the schema. */
export interface Resources {
  readonly limits?: Amounts | undefined;
  readonly requests?: Amounts | undefined;
}

const hugePages = 'hugepages-';
const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
/** Known to quotas and nodes, and fit for no container. */
const otherStandardResources = [
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'storage', 'requests.storage', 'services.nodeports', 'services.loadbalancers'],
  ...['requests.cpu', 'requests.memory', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
];

const isHugePages = (name: string): boolean => name.startsWith(hugePages);
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedNameErrors(`requests.${name}`).length === 0;
/** Of these a node can give away more than it has. */
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

function nameErrors(name: string, path: string): FieldError[] {
  const malformed = qualifiedNameErrors(name).map((text) => invalid(path, name, text));
  if (malformed.length > 0) return malformed;
  if (!name.includes('/')) {
    if (containerResources.includes(name) || isHugePages(name)) return [];
    const isStandard = otherStandardResources.includes(name) || name.startsWith(`requests.${hugePages}`);
    const wanted = [
      ...(isStandard ? [] : ['must be a standard resource type or fully qualified']),
      'must be a standard resource for containers',
    ];
    return wanted.map((text) => invalid(path, name, text));
  }
  return isNative(name) || isExtended(name)
    ? []
    : [invalid(path, name, "doesn't follow extended resource name standard")];
}

const isMultiple = (amount: Quantity, unit: bigint): boolean => amount.ceilTo(unit) === amount.floorTo(unit);

function amountErrors(name: string, value: string | number | undefined, path: string): FieldError[] {
  const amount = value === undefined ? undefined : parseQuantity(String(value));
  if (amount === undefined) return [];
  const text = amount.toString();
  const errors: FieldError[] = [];
  if (amount.sign() === -1) errors.push(invalid(path, text, 'must be greater than or equal to 0'));
  if (isExtended(name) && !isMultiple(amount, 1n)) errors.push(invalid(path, text, 'must be an integer'));
  if (isHugePages(name)) {
    const page = parseQuantity(name.slice(hugePages.length));
    const bytes = page?.ceil() ?? 0n;
    if (page === undefined || bytes <= 0n || !isMultiple(page, 1n) || !isMultiple(amount, bytes)) {
      errors.push(invalid(path, text, `${text} is not positive integer multiple of ${name}`));
    }
  }
  return errors;
}

/**
 * Everything that kube-apiserver would refuse of a container's resources.
 * @param path of the resources, "spec.containers[0].resources"
 * @param requestPath where a request that does not fit its limit is told of; kube-apiserver names no single one
 */
export function resourceErrors(
  { limits = {}, requests = {} }: Resources,
  path: string,
  requestPath: (name: string) => string = () => `${path}.requests`,
): FieldError[] {
  const each = [
    ...Object.entries(limits).map(([name, value]) => ({ name, value, at: `${path}.limits[${name}]` })),
    ...Object.entries(requests).map(([name, value]) => ({ name, value, at: `${path}.requests[${name}]` })),
  ];
  const names = each.map(({ name }) => name);
  const isPoor = names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory');
  return [
    ...each.flatMap(({ name, value, at }) => [...nameErrors(name, at), ...amountErrors(name, value, at)]),
    ...Object.entries(requests).flatMap(([name, value]) =>
      limits[name] === undefined
        ? unlimitedErrors(name, path)
        : requestErrors(name, value, limits[name], requestPath(name)),
    ),
    ...(isPoor ? [forbidden(path, 'HugePages require cpu or memory')] : []),
  ];
}

const unlimitedErrors = (name: string, path: string): FieldError[] =>
  mayOvercommit(name) ? [] : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];

function requestErrors(name: string, value: string | number | undefined, limit: string | number, path: string) {
  const amount = parseQuantity(String(value));
  const most = parseQuantity(String(limit));
  if (amount === undefined || most === undefined) return [];
  const refuse = (relation: string): FieldError[] => [
    invalid(path, amount.toString(), `must be ${relation} ${name} limit of ${most.toString()}`),
  ];
  if (!mayOvercommit(name)) return amount.compare(most) === 0 ? [] : refuse('equal to');
  return amount.compare(most) > 0 ? refuse('less than or equal to') : [];
}
