/** How Pod Security admission names what it finds. Source: k8s.io/pod-security-admission/policy/helpers.go */
import type { Container, PodSpec } from '../../apis/kubernetes/types.ts';

/** What is wrong, and where. */
export type Violation = readonly [reason: string, detail: string];

/** `"a", "b"` */
export const quoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');

/** `container "a"`, `containers "a", "b"` */
export const the = (kind: string, objects: readonly { readonly name: string }[]): string =>
  `${kind}${objects.length === 1 ? '' : 's'} ${quoted(objects.map(({ name }) => name))}`;

/** The value, where it is one that is not allowed. */
export const isBad = (value: string | undefined, allowed: readonly string[]): string | undefined =>
  value === undefined || allowed.includes(value) ? undefined : value;

/** Who sets a value that may not be, and which values; undefined where nobody does. */
export function setters(
  pod: PodSpec,
  containers: readonly Container[],
  badValueOf: (of: Pick<PodSpec | Container, 'securityContext'>) => string | undefined,
): { readonly who: string; readonly values: readonly string[] } | undefined {
  const bad = containers.filter((one) => badValueOf(one) !== undefined);
  const isPod = badValueOf(pod) !== undefined;
  if (bad.length === 0 && !isPod) return undefined;
  const values = [pod, ...containers].flatMap((one) => badValueOf(one) ?? []);
  const who = [...(isPod ? ['pod'] : []), ...(bad.length === 0 ? [] : [the('container', bad)])];
  return { who: who.join(' and '), values: [...new Set(values)].sort() };
}
