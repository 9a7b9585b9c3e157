/**
 * The PodSecurity admission plugin: what a namespace's labels say of its pods. Versions other than latest are taken for latest.
 * Source: k8s.io/pod-security-admission/admission and api/helpers.go PolicyToEvaluate
 */
import type { Namespace, PodSpec } from '../../apis/kubernetes/types.ts';
import { forbiddenRequest } from '../../meta/status.ts';
import type { RegistryLookup } from '../native.ts';
import { violations, type Level } from './violations.ts';

type Mode = 'enforce' | 'warn';

function levelOf(lookup: RegistryLookup, namespace: string, mode: Mode): Level | undefined {
  const { object } = lookup.registry<Namespace>('', 'namespaces').cache.get('', namespace) ?? {};
  const level = object?.metadata.labels?.[`pod-security.kubernetes.io/${mode}`];
  if (level === undefined) return undefined;
  if (level === 'baseline' || level === 'restricted' || level === 'privileged') return level;
  // A level that does not exist: the strictest is enforced, and nobody is warned.
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

/** @throws StatusError 403 for a pod that its namespace does not admit */
export function admitPod(lookup: RegistryLookup, namespace: string, name: string, spec: PodSpec): void {
  const level = levelOf(lookup, namespace, 'enforce') ?? 'privileged';
  const found = violations(spec, level);
  if (found === '') return;
  throw forbiddenRequest({ group: '', resource: 'pods' }, name, `violates PodSecurity "${level}:latest": ${found}`);
}

/** The warning about the pods that a workload is to make; undefined for none. Without a level of its own, it is the one enforced. */
export function workloadWarning(lookup: RegistryLookup, namespace: string, spec: PodSpec): string | undefined {
  const level = levelOf(lookup, namespace, 'warn') ?? levelOf(lookup, namespace, 'enforce') ?? 'privileged';
  const found = violations(spec, level);
  return found === '' ? undefined : `would violate PodSecurity "${level}:latest": ${found}`;
}
