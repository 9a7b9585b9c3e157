/**
 * What kube-apiserver says about the pods of a cluster's roles, before the cluster is stored. Its answer is a bonus: a write
 * never waits long for it, and never fails without it. See docs/adr/0019-dry-run-of-pod-templates.md.
 */
import { forEachBounded } from '../../apis/kubedirector/bounded.ts';
import type { ClusterRole, ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { StatefulSet } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { DryRunVerdict, StatefulSetDryRun } from '../../clients/contract.ts';
import { deepEqual } from '../../meta/json.ts';
import type { FieldError } from '../../meta/field-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import { roleField } from './template-fields.ts';

/** By the role's id. */
type ByRole<T> = ReadonlyMap<string, T>;

/** How pod templates are checked where there is a kube-apiserver. */
export interface PodTemplates {
  readonly dryRun: StatefulSetDryRun;
  /** The StatefulSets of a cluster of the right shape; equal ones for roles whose pods are equal. */
  readonly statefulSets: (
    cluster: KubeDirectorCluster,
    app: KubeDirectorApp,
    config: ConfigSpec,
  ) => ByRole<StatefulSet>;
  readonly clock: Clock;
}

interface Subject {
  readonly cluster: KubeDirectorCluster;
  readonly app: KubeDirectorApp;
  readonly config: ConfigSpec;
  /** Where the cluster exists. */
  readonly old?: KubeDirectorCluster | undefined;
}

/** For all questions of one write together. */
const limitMs = 2_000;
/** Questions of one write that are under way at a time. */
const atOnce = 8;

/**
 * What Kubernetes will never accept about roles that are new or whose pods change, without what was wrong with them before.
 * A policy or a quota that refuses now becomes a warning.
 * @throws the signal's reason once that has aborted
 */
export async function templateErrors(
  templates: PodTemplates,
  { signal, warn }: Pick<CallContext, 'signal' | 'warn'>,
  { cluster, app, config, old }: Subject,
): Promise<FieldError[]> {
  const { clock, statefulSets } = templates;
  const deadline = clock.monotonic() + limitMs;
  const next = statefulSets(cluster, app, config);
  const former = old === undefined ? new Map<string, StatefulSet>() : statefulSets(old, app, config);
  const changed = [...next].filter(([id, set]) => !deepEqual(set, former.get(id)));
  const verdicts = await ask(templates, new Map(changed), deadline, signal);
  for (const [id, verdict] of verdicts) {
    if (verdict.type === 'valid') tellOfPodSecurity(warn, id, verdict.warnings);
    // A quota has nothing to say where there is one already.
    if (verdict.type !== 'refused' || hasMembers(old, id)) continue;
    warn(`role "${id}" may not get its StatefulSet: ${verdict.reason}`);
  }
  const isInvalid = ([id]: readonly [string, unknown]): boolean => verdicts.get(id)?.type === 'invalid';
  const known = await ask(templates, new Map([...former].filter(isInvalid)), deadline, signal);
  return cluster.spec.roles.flatMap((role, index) => {
    const statefulSet = next.get(role.id);
    if (statefulSet === undefined) return [];
    const before = errorsOf(known.get(role.id));
    const errors = errorsOf(verdicts.get(role.id)).filter((error) => !before.some((one) => deepEqual(one, error)));
    return distinct(errors.map((error) => inRole(error, { role, index, statefulSet, app })));
  });
}

/**
 * Pods are judged by the level that their namespace enforces only when they are made. Of a workload, kube-apiserver warns.
 * Source: k8s.io/pod-security-admission/api PolicyToEvaluate (what is enforced is warned of)
 */
function tellOfPodSecurity(warn: CallContext['warn'], role: string, warnings: readonly string[] = []): void {
  for (const warning of warnings.filter((text) => text.startsWith('would violate PodSecurity'))) {
    warn(`pods of role "${role}" ${warning}`);
  }
}

const hasMembers = (cluster: KubeDirectorCluster | undefined, role: string): boolean =>
  cluster?.status?.roles?.some(({ id, members }) => id === role && members.length > 0) === true;

/** The verdicts that come before the deadline. */
async function ask(
  { dryRun, clock }: PodTemplates,
  sets: ByRole<StatefulSet>,
  deadline: number,
  signal: AbortSignal,
): Promise<ByRole<DryRunVerdict>> {
  const verdicts = new Map<string, DryRunVerdict>();
  if (sets.size === 0) return verdicts;
  signal.throwIfAborted();
  const over = new AbortController();
  // The limit holds even for a question that does not listen to its signal.
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const cancel = clock.after(Math.max(0, deadline - clock.monotonic()), stop);
  signal.addEventListener('abort', stop, { once: true });
  const asked = forEachBounded([...sets], atOnce, over.signal, async ([id, set]) => {
    verdicts.set(id, await dryRun.check(set, over.signal));
  });
  try {
    await Promise.race([asked.catch(() => undefined), stopped]);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
    over.abort();
  }
  signal.throwIfAborted();
  return new Map(verdicts);
}

const errorsOf = (verdict: DryRunVerdict | undefined): readonly FieldError[] =>
  verdict?.type === 'invalid' ? verdict.errors : [];

interface Place {
  readonly role: ClusterRole;
  /** In spec.roles. */
  readonly index: number;
  readonly statefulSet: StatefulSet;
  readonly app: KubeDirectorApp;
}

function inRole({ type, field, message }: FieldError, { role, index, statefulSet, app }: Place): FieldError {
  const path = `spec.roles[${index}]`;
  const own = roleField(field, { role, statefulSet });
  if (own !== undefined) return { type, field: `${path}.${own}`, message };
  const origin = `${field} of the role's StatefulSet, which comes from the app "${app.metadata.name ?? ''}" or the global configuration`;
  return { type, field: path, message: `${message} (${origin})` };
}

/** Two containers of a pod have the same resources, and the same fault then. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  return errors.filter((error, index) => errors.findIndex((one) => deepEqual(one, error)) === index);
}
