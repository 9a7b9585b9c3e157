/** kubedirectorclusters/log: what the startscripts of the members have printed. */
import type { Clock } from '../../runtime/clock.ts';
import { createSlots } from '../../runtime/slots.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import { group, type KubeDirectorCluster, type MemberStatus } from '../../apis/kubedirector/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { badRequest, notFound, StatusError, tooManyRequests } from '../../meta/status.ts';
import { asBoolean } from '../../apiserver/http/request-info.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext, TextSubresource } from '../../apiserver/resource.ts';
import type { NativeClients, PodExec } from '../../clients/contract.ts';
import type { BaseDefinition } from './definition.ts';
import { maskingOf } from './masking.ts';
import { MemberLog } from './member-log.ts';
import { ownPod, type MemberOf } from './member-pod.ts';

/** What reading the output of members needs; absent in a group: nobody can read it. */
export interface LogTools {
  /** @throws Error before it is known */
  readonly exec: () => PodExec;
  readonly clock: Clock;
}

interface LogDependencies extends LogTools {
  readonly registry: () => ResourceRegistry<KubeDirectorCluster>;
  readonly native: () => Pick<NativeClients, 'pods' | 'statefulSets'>;
  readonly lookup: Pick<Lookup, 'config'>;
  /** Of clusters: stored ones may be of any shape. */
  readonly schema: BaseDefinition<KubeDirectorCluster>['schema'];
}

/** Members that are read at a time, for all users: the controller runs commands in them, too. */
const reads = 8;
/** Streams of one user that follow at a time. */
const followsOfOne = 20;
/** A follower looks again after this; after twice as long each time that there is nothing new, up to the longest. */
const shortestPauseMs = 500;
const longestPauseMs = 4_000;

interface LogQuery {
  readonly member: string | undefined;
  readonly tail: number | undefined;
  readonly limitBytes: number | undefined;
  readonly follow: boolean;
}

/**
 * The output of all members, or of one. With more than one, each line begins with `[MEMBER] `, as `kubectl logs --prefix` marks
 * lines. Query: member (its pod), tail (lines of each member), limitBytes (of the answer), follow (goes on until the client
 * leaves or the cluster is deleted; members that come later are in it). Sources of the names: core/v1 PodLogOptions.
 */
export function clusterLog(dependencies: LogDependencies): TextSubresource {
  const slots = createSlots(reads);
  const follows = new Map<string, number>();
  return {
    type: 'text',
    async *get(context, target, search) {
      const query = parseQuery(search);
      const { object } = await dependencies.registry().get(target);
      requireMember(dependencies.schema.readable(object), query.member);
      if (!query.follow) {
        yield* limited(once(dependencies, slots, { context, target, query }), query.limitBytes);
        return;
      }
      const { name } = context.user;
      const count = follows.get(name) ?? 0;
      if (count >= followsOfOne) {
        throw tooManyRequests(`you follow ${count} logs already: end one of them`, 5);
      }
      follows.set(name, count + 1);
      try {
        yield* limited(following(dependencies, slots, { context, target, query }), query.limitBytes);
      } finally {
        const left = (follows.get(name) ?? 1) - 1;
        if (left === 0) follows.delete(name);
        else follows.set(name, left);
      }
    },
  };
}

interface Call {
  readonly context: CallContext;
  readonly target: NamespacedName;
  readonly query: LogQuery;
}

type Slots = ReturnType<typeof createSlots>;

async function* once(dependencies: LogDependencies, slots: Slots, call: Call): AsyncGenerator<string> {
  const cluster = clusterNow(dependencies, call.target);
  if (cluster === undefined) return;
  yield* round(dependencies, slots, { ...call, cluster, logs: new Map(), whole: true });
}

async function* following(dependencies: LogDependencies, slots: Slots, call: Call): AsyncGenerator<string> {
  const { signal } = call.context;
  const logs = new Map<string, MemberLog>();
  const uid = clusterNow(dependencies, call.target)?.metadata.uid;
  let pauseMs = shortestPauseMs;
  // The answer begins before there is anything to say.
  yield '';
  while (!signal.aborted) {
    const cluster = clusterNow(dependencies, call.target);
    if (cluster?.metadata.uid !== uid || cluster === undefined) return;
    let isNew = false;
    for await (const text of round(dependencies, slots, { ...call, cluster, logs, whole: false })) {
      isNew = true;
      yield text;
    }
    pauseMs = isNew ? shortestPauseMs : Math.min(pauseMs * 2, longestPauseMs);
    await pause(dependencies.clock, pauseMs, signal);
  }
}

interface Round extends Call {
  readonly cluster: Stored<KubeDirectorCluster>;
  /** By member; those of members that are gone are dropped. */
  readonly logs: Map<string, MemberLog>;
  readonly whole: boolean;
}

/** Reads every member once, some at a time, and yields their lines in the order of the status. */
async function* round(dependencies: LogDependencies, slots: Slots, given: Round): AsyncGenerator<string> {
  const { cluster, logs, query, context } = given;
  const members = membersOf(cluster).filter(({ member }) => query.member === undefined || member.pod === query.member);
  const names = new Set(members.map(({ member }) => member.pod));
  for (const name of logs.keys()) if (!names.has(name)) logs.delete(name);
  const mask = maskingOf(cluster, dependencies.lookup.config());
  for (let at = 0; at < members.length && !context.signal.aborted; at += reads) {
    const batch = members.slice(at, at + reads);
    const read = await Promise.all(batch.map((one) => linesOf(dependencies, slots, one, given)));
    for (const [index, lines] of read.entries()) {
      const prefix = query.member === undefined ? `[${batch[index]?.member.pod ?? ''}] ` : '';
      if (lines.length > 0) yield lines.map((line) => `${prefix}${mask(line)}\n`).join('');
    }
  }
}

async function linesOf(
  { native, exec }: LogDependencies,
  slots: Slots,
  of: MemberOf,
  { logs, query, context: { signal }, whole }: Round,
): Promise<string[]> {
  const { pod: name } = of.member;
  const isFirst = !logs.has(name);
  const log = logs.get(name) ?? new MemberLog();
  const release = await slots.take(signal);
  if (release === undefined) return [];
  try {
    const pod = ownPod(native(), of);
    const lines = pod && (await log.read(exec(), pod, { signal, whole }));
    // A follower tries a member again that does not run yet.
    if (lines !== undefined) logs.set(name, log);
    if (!isFirst) return lines ?? [];
    return lastOf(lines ?? (whole ? notRunning(of.member) : []), query.tail);
  } catch (error) {
    if (signal.aborted || !isFirst) return [];
    logs.set(name, log);
    return [`(cannot be read: ${error instanceof Error ? error.message : 'no reason given'})`];
  } finally {
    release();
  }
}

/** What is known of a member without a container. */
function notRunning({ stateDetail, state }: MemberStatus): string[] {
  const words = stateDetail.configErrorDetail ?? stateDetail.notifyErrorMessage;
  return [
    `(the member does not run: it is ${state})`,
    ...(words === undefined ? [] : ['(from its last set-up:)', ...words.split('\n')]),
  ];
}

const lastOf = (lines: string[], tail: number | undefined): string[] =>
  tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail));

function membersOf(cluster: Stored<KubeDirectorCluster>): MemberOf[] {
  const { namespace = '' } = cluster.metadata;
  return (cluster.status?.roles ?? []).flatMap((role) =>
    role.members.map((member) => ({ namespace, cluster, role, member })),
  );
}

function clusterNow({ registry, schema }: LogDependencies, { namespace, name }: NamespacedName) {
  const object = registry().cache.get(namespace, name)?.object;
  return object && schema.readable(object);
}

/** @throws StatusError 404 */
function requireMember(cluster: Stored<KubeDirectorCluster>, name: string | undefined): void {
  if (name === undefined || membersOf(cluster).some(({ member }) => member.pod === name)) return;
  const { message } = notFound({ group, resource: 'kubedirectorclusters' }, cluster.metadata.name);
  throw new StatusError(404, 'NotFound', message.replace(/not found$/, `has no member ${JSON.stringify(name)}`), {
    ...{ group, kind: 'kubedirectorclusters', name: cluster.metadata.name },
  });
}

/** @throws StatusError 400 for what is no number */
function parseQuery(search: URLSearchParams): LogQuery {
  const member = search.get('member') ?? '';
  return {
    member: member === '' ? undefined : member,
    tail: wholeNumber(search, 'tail', 0),
    limitBytes: wholeNumber(search, 'limitBytes', 1),
    follow: asBoolean(search.get('follow')),
  };
}

function wholeNumber(search: URLSearchParams, name: string, least: number): number | undefined {
  const text = search.get(name) ?? '';
  if (text === '') return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least) return value;
  throw badRequest(`the parameter ${name} is ${JSON.stringify(text)}: it must be a whole number, ${least} or more`);
}

/** Ends the text after so many bytes of UTF-8, whole characters only. */
async function* limited(texts: AsyncIterable<string>, bytes: number | undefined): AsyncGenerator<string> {
  let left = bytes ?? Infinity;
  for await (const text of texts) {
    const size = Buffer.byteLength(text);
    if (size > left) {
      const { read } = new TextEncoder().encodeInto(text, new Uint8Array(left));
      yield text.slice(0, read);
      return;
    }
    yield text;
    left -= size;
    if (left === 0) return;
  }
}
