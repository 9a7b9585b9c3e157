/** The params of a binding. Source: k8s.io/apiserver/pkg/admission/plugin/policy/generic CollectParams */
import type { AdmissionPolicySpec, ParamRef } from '../../../apis/kubernetes/types.ts';
import type { ParamObjects, PolicyParams } from '../../../clients/contract.ts';
import { labelSelectorFrom } from '../../../meta/labels.ts';
import type { GroupVersionKind, KubeObject } from '../../../meta/object.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { pause } from '../../../runtime/time-limit.ts';

type ParamKind = NonNullable<AdmissionPolicySpec['paramKind']>;

interface ParamDependencies {
  readonly params: PolicyParams;
  readonly clock: Clock;
}

/** How long a request waits for objects of a kind that is followed only since a moment ago, in milliseconds. */
const syncedWithinMs = 1000;
const lookEveryMs = 20;

/** The kind that a policy's params have. */
export function kindOf({ apiVersion, kind }: ParamKind): GroupVersionKind {
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  return { group, version, kind };
}

/**
 * What the policy is evaluated with, once with each; null stands for no params.
 * @returns an empty list if there are none and parameterNotFoundAction is Allow
 * @throws Error that says what is wrong with the binding, or that there are none where there must be some
 */
export async function paramsOf(
  dependencies: ParamDependencies,
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  namespace: string,
): Promise<readonly (KubeObject | null)[]> {
  if (paramKind === undefined || paramRef === undefined) return [null];
  const objects = await dependencies.params.of(kindOf(paramKind));
  // The policy as a whole has been refused where there is no such kind.
  if (objects === undefined) throw new Error(`paramKind kind \`${named(paramKind)}\` not known`);
  const within = namespaceOf(paramRef, objects, namespace);
  await synced(dependencies.clock, objects, paramKind);
  const found = await select(objects, paramRef, within);
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found.map((param) => ({ ...param, ...paramKind }));
}

function namespaceOf(paramRef: ParamRef, { namespaced }: ParamObjects, namespace: string): string {
  const { namespace: given = '' } = paramRef;
  if (!namespaced) {
    if (given === '') return '';
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  if (given !== '' || namespace !== '') return given === '' ? namespace : given;
  throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
}

async function synced(clock: Clock, objects: ParamObjects, paramKind: ParamKind): Promise<void> {
  const deadline = clock.monotonic() + syncedWithinMs;
  while (!objects.synced()) {
    if (clock.monotonic() >= deadline)
      throw new Error(`paramKind kind \`${named(paramKind)}\` not yet synced to use for admission`);
    await pause(clock, lookEveryMs, undefined);
  }
}

async function select(
  objects: ParamObjects,
  { name = '', selector }: ParamRef,
  namespace: string,
): Promise<readonly KubeObject[]> {
  if (name !== '') {
    if (selector !== undefined) throw new Error('paramRef.name and paramRef.selector are mutually exclusive');
    // What was made a moment ago may not be in the view yet.
    const found = objects.get(namespace, name) ?? (await objects.read({ namespace, name }));
    return found === undefined ? [] : [found];
  }
  if (selector === undefined) throw new Error('one of name or selector must be provided');
  const matcher = labelSelectorFrom(selector);
  const inView = objects.list(objects.namespaced ? namespace : undefined);
  return inView.filter(({ metadata }) => matcher.matches(metadata.labels ?? {}));
}

/** As Go prints a ParamKind. */
const named = ({ apiVersion, kind }: ParamKind): string => `&ParamKind{APIVersion:${apiVersion},Kind:${kind},}`;

/** As Go prints a GroupVersionKind. */
export function goKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;
}
