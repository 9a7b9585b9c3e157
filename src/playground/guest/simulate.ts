/**
 * How a user makes the playground simulate failures: the annotation `playground.kubedirector.hpe.com/simulate` on a
 * KubeDirectorCluster. Clauses separated by commas:
 *
 *   slow=<duration>            every `startscript --configure` in this cluster takes this long: 500ms, 20s, 3m
 *   fail-configure=<role>      `startscript --configure` ends with exit status 1 in members of this role
 *   fail-notify=<role>         `startscript --addnodes`, `--delnodes` and `--reconnect` end with exit status 1 there
 *   fail-health=<role or pod>  `startscript --healthcheck` ends with exit status 1 there
 *   restart=<pod>[/<word>]     the pod's container is restarted once; the same clause again does nothing, another
 *                              word restarts it again
 *
 *   kubectl annotate kdcluster spark playground.kubedirector.hpe.com/simulate='slow=20s,fail-configure=worker'
 *
 * slow and fail-… affect runs that start afterwards. Mistakes in the annotation are reported in Warning events.
 */

/** The annotation of a KubeDirectorCluster that makes it misbehave. Its grammar is at the top of this file. */
export const simulateAnnotation = 'playground.kubedirector.hpe.com/simulate';

interface Simulated {
  /** How long `startscript --configure` takes, in milliseconds. */
  readonly slow?: number;
  readonly failConfigure: ReadonlySet<string>;
  readonly failNotify: ReadonlySet<string>;
  /** Roles, and pods. */
  readonly failHealth: ReadonlySet<string>;
  /** Pods to restart; the token is the whole clause. */
  readonly restarts: readonly { readonly pod: string; readonly token: string }[];
  /** One message for each clause that is not valid. */
  readonly problems: readonly string[];
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const maxSlowMs = 3_600_000;

function duration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const ms = Number(match?.[1]) * (units[match?.[2] ?? ''] ?? NaN);
  return ms <= maxSlowMs ? ms : undefined;
}

/** Reads the annotation. Never throws: clauses that are not valid are listed in `problems`. */
export function parseSimulate(text: string | undefined): Simulated {
  const failConfigure = new Set<string>();
  const failNotify = new Set<string>();
  const failHealth = new Set<string>();
  const restarts: { pod: string; token: string }[] = [];
  const problems: string[] = [];
  let slow: number | undefined;
  for (const clause of (text ?? '').split(',').map((one) => one.trim())) {
    if (clause === '') continue;
    const at = clause.indexOf('=');
    const [key, value] = at < 0 ? [clause, ''] : [clause.slice(0, at), clause.slice(at + 1)];
    if (value === '') problems.push(`"${clause}" lacks a value`);
    else if (key === 'slow') {
      const ms = duration(value);
      if (ms === undefined) problems.push(`"${value}" is not a duration of at most an hour, like 500ms, 20s or 3m`);
      else slow = ms;
    } else if (key === 'fail-health') failHealth.add(value);
    else if (key === 'fail-configure') failConfigure.add(value);
    else if (key === 'fail-notify') failNotify.add(value);
    else if (key === 'restart') restarts.push({ pod: value.split('/')[0] ?? value, token: clause });
    else problems.push(`"${key}" is none of slow, fail-configure, fail-notify, fail-health, restart`);
  }
  return { ...(slow === undefined ? {} : { slow }), failConfigure, failNotify, failHealth, restarts, problems };
}

/** A message for each named role that the cluster does not have. @param roles of the cluster; undefined if not known */
export function unknownRoles({ failConfigure, failNotify }: Simulated, roles: readonly string[] | undefined): string[] {
  if (roles === undefined) return [];
  const asked = [...failConfigure].map((role) => ['fail-configure', role] as const);
  return [...asked, ...[...failNotify].map((role) => ['fail-notify', role] as const)]
    .filter(([, role]) => !roles.includes(role))
    .map(([clause, role]) => `${clause}=${role}: the cluster has no role "${role}"; its roles are ${roles.join(', ')}`);
}
