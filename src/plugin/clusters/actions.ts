/** What the commands that change clusters send. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ClusterPlan, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { isJsonObject } from '../../meta/json.ts';
import { systemClock } from '../../runtime/clock.ts';
import { plainLine, plainLines } from '../../view/plain-text.ts';
import { connect, type ConnectionFlags } from './api-client.ts';
import type { Printed } from './frame.ts';
import { data, isData, nameLine, type OutputFlags } from './output.ts';
import { clusterPath, namespacePath } from './read-commands.ts';

/** Flags of all that changes something. */
export type ActionFlags = ConnectionFlags & OutputFlags & { readonly dryRun: boolean };

/** Flags of plan. */
export interface PlanFlags extends ConnectionFlags, OutputFlags {
  readonly filename?: string;
  readonly app?: string;
  readonly scale?: readonly string[];
}

interface Change {
  readonly method: 'POST' | 'PATCH';
  /** Below the namespace. */
  readonly path: (namespace: string) => string;
  readonly body: unknown;
  /** Said once it is done. */
  readonly done: string;
  /** For -o name. */
  readonly of: readonly [kind: string, name: string];
}

/** By the scale subresource of the role's view. @throws StatusError as the server answered; Error where it can't be asked */
export function scale(name: string, role: string, members: number, flags: ActionFlags): Promise<Printed> {
  return change(flags, {
    method: 'PATCH',
    path: (namespace) => `${namespacePath(namespace)}/kubedirectorroles/${encodeURIComponent(`${name}.${role}`)}/scale`,
    body: { spec: { replicas: members } },
    done: `role ${role} of ${name} scaled to ${members}`,
    of: ['kubedirectorrole', `${name}.${role}`],
  });
}

/** @throws as scale */
export function restart(
  name: string,
  flags: ActionFlags & { readonly role?: readonly string[]; readonly member?: readonly string[] },
): Promise<Printed> {
  const { role, member } = flags;
  const whose = [...(role ?? []).map((id) => `role ${id}`), ...(member ?? [])].join(', ');
  return change(flags, {
    method: 'POST',
    path: (namespace) => `${clusterPath(namespace, name)}/restart`,
    body: { ...(role && { roles: role }), ...(member && { members: member }) },
    done: `restart of ${whose === '' ? 'all members' : whose} of ${name} asked for`,
    of: ['kubedirectorcluster', name],
  });
}

/** @throws as scale */
export function setSuspended(name: string, action: 'suspend' | 'resume', flags: ActionFlags): Promise<Printed> {
  return change(flags, {
    method: 'POST',
    path: (namespace) => `${clusterPath(namespace, name)}/${action}`,
    body: {},
    done: `${name} is to be ${action === 'suspend' ? 'suspended' : 'resumed'}`,
    of: ['kubedirectorcluster', name],
  });
}

/** @throws as scale */
export function upgrade(name: string, flags: ActionFlags & { readonly app: string }): Promise<Printed> {
  return change(flags, {
    method: 'PATCH',
    path: (namespace) => clusterPath(namespace, name),
    body: { spec: { app: flags.app } },
    done: `upgrade of ${name} to ${flags.app} asked for`,
    of: ['kubedirectorcluster', name],
  });
}

/** Nothing is written. @throws as scale; Error for a file that has no cluster, and where nothing is asked about */
export async function plan(name: string, flags: PlanFlags): Promise<Printed> {
  const { filename, app, scale: scales = [] } = flags;
  if (filename === undefined && app === undefined && scales.length === 0)
    throw new Error('say what would change, with --filename, --app or --scale ROLE=MEMBERS');
  const client = connect(flags, systemClock);
  try {
    const path = clusterPath(client.namespace, name);
    const given = filename === undefined ? await client.get<KubeDirectorCluster>(path) : clusterOf(filename);
    const spec = withMembers(app === undefined ? given.spec : { ...given.spec, app }, scales);
    const { value } = await client.send<ClusterPlan>('POST', `${path}/plan`, { ...given, spec });
    const isWell = value.changes.every((one) => one.class !== 'refused');
    const lines = value.changes.map((one) => `${plainLine(one.class)}: ${plainLine(one.message)}\n`);
    const text = lines.length === 0 ? 'Nothing has to be done.\n' : lines.join('');
    return { text: isData(flags.output) ? data(value, flags.output) : text, isWell };
  } finally {
    client.close();
  }
}

/** A decoding border: the server checks what is in it. */
function clusterOf(file: string): KubeDirectorCluster {
  const object: unknown = parse(readFileSync(file, 'utf8'));
  if (!isJsonObject(object) || object['kind'] !== 'KubeDirectorCluster' || !isJsonObject(object['spec']))
    throw new Error(`${file} is no KubeDirectorCluster`);
  return object as unknown as KubeDirectorCluster;
}

function withMembers(spec: KubeDirectorCluster['spec'], scales: readonly string[]): KubeDirectorCluster['spec'] {
  const wished = new Map(
    scales.map((text): [string, number] => {
      const [, role, members] = /^(.+)=(\d{1,9})$/.exec(text) ?? [];
      if (role === undefined || members === undefined) throw new Error(`"${text}" is not like ROLE=MEMBERS`);
      return [role, Number(members)];
    }),
  );
  const ids = spec.roles.map(({ id }) => id);
  for (const role of wished.keys())
    if (!ids.includes(role)) throw new Error(`there is no role "${role}": the roles are ${ids.join(', ')}`);
  const roles = spec.roles.map((role) => {
    const members = wished.get(role.id);
    return members === undefined ? role : { ...role, members };
  });
  return { ...spec, roles };
}

async function change(flags: ActionFlags, { method, path, body, done, of }: Change): Promise<Printed> {
  const client = connect(flags, systemClock);
  try {
    const query = `?fieldManager=kubectl-kd${flags.dryRun ? '&dryRun=All' : ''}`;
    const { value, warnings } = await client.send<unknown>(method, `${path(client.namespace)}${query}`, body);
    const text = `${plainLine(done)}${flags.dryRun ? ' (dry run: nothing was changed)' : ''}\n`;
    if (isData(flags.output)) return { text: data(value, flags.output), warnings };
    return { text: flags.output === 'name' ? plainLines(nameLine(...of)) : text, warnings };
  } finally {
    client.close();
  }
}
