/** `kubectl kd app test`: the setup package of an app, run on this machine for every member of a simulated cluster. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { allowsMembers, parseCardinality } from '../../apis/kubedirector/cardinality.ts';
import { listensTo } from '../../controller/plan/roles.ts';
import {
  backupOption,
  beginBackup,
  clusterMovedOption,
  endBackup,
  fqdnList,
  healthcheckOption,
  membershipOptions,
  podMovedOption,
  reconnectOption,
  restartedOption,
  restoreOption,
  roleMovedOptions,
  suspendOption,
  type MembershipEvent,
} from '../../guest/startscript.ts';
import { lint } from './lint.ts';
import { findingText } from './finding.ts';
import { createMemberRun, type EventEnd, type MemberRun } from './member-run.ts';
import { canSandbox, startSandbox } from './sandbox.ts';
import { simulateCluster, type SimulatedCluster, type SimulatedMember } from './simulated.ts';

/** One event of one member. */
export interface EventResult extends EventEnd {
  readonly member: string;
  readonly event: string;
  readonly seconds: number;
  /** "passed over": it failed, but nothing depends on it, because the app's eventList does not name the event. */
  readonly outcome: 'passed' | 'failed' | 'passed over';
}

/** What a test needs beside the folder. */
interface LocalTestOptions {
  readonly guestTools: Uint8Array | undefined;
  /** How long a startscript may run. */
  readonly limitSeconds: number;
  /** Only this one is run; the others are in its configmeta.json. Undefined: all. */
  readonly member: string | undefined;
  /** Members are set up, and told of this event only. Undefined: of all. */
  readonly event: string | undefined;
  /** Leave the members' files where they are. */
  readonly keep: boolean;
  readonly report: (result: EventResult) => void;
}

/** Where the members' files are, if they are kept. */
interface LocalTestEnd {
  readonly failed: boolean;
  readonly folder: string | undefined;
}

/** Runs all events. @throws Error where the app has errors, or no sandbox can be made */
export async function testLocally(directory: string, options: LocalTestOptions): Promise<LocalTestEnd> {
  const { findings, app, clusters } = lint(directory);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(`the app has errors, the first is:\n${findingText(error)}`);
  const [cluster] = clusters;
  if (app === undefined || cluster === undefined)
    throw new Error(`a test needs an app.yaml and a cluster.yaml in ${directory}`);
  if (!existsSync(join(directory, 'package'))) throw new Error(`there is no package in ${directory}`);
  if (!canSandbox()) {
    throw new Error(
      'a test runs in bubblewrap, lest a startscript changes this machine: install bubblewrap (bwrap), and allow it user namespaces',
    );
  }
  const simulated = simulateCluster(cluster, app);
  const pods = simulated.members.map(({ status }) => status.pod);
  if (options.member !== undefined && !pods.includes(options.member)) {
    throw new Error(`there is no member ${options.member}; there are ${pods.join(', ')}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'kubedirector-app-'));
  const test = new LocalTest(directory, folder, simulated, options);
  try {
    await test.run();
  } finally {
    await test.close();
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  }
  return { failed: test.failed, folder: options.keep ? folder : undefined };
}

class LocalTest {
  failed = false;
  readonly #directory: string;
  readonly #folder: string;
  readonly #cluster: SimulatedCluster;
  readonly #options: LocalTestOptions;
  readonly #runs: MemberRun[] = [];

  constructor(directory: string, folder: string, cluster: SimulatedCluster, options: LocalTestOptions) {
    this.#directory = directory;
    this.#folder = folder;
    this.#cluster = cluster;
    this.#options = options;
  }

  /** All members are set up, one more of each role that may grow joins and leaves, then the connections change. */
  async run(): Promise<void> {
    for (const member of withPackage(this.#cluster.members)) await this.#configure(member);
    const growing = new Set(this.#cluster.members.map(({ role }) => role).filter(mayGrow));
    for (const role of growing) {
      const joined = this.#cluster.add(role.id);
      await this.#refresh();
      if (role.configPackage !== undefined) await this.#configure(joined);
      await this.#tellMembership('addnodes', joined);
      this.#cluster.remove(joined);
      await this.#refresh();
      await this.#tellMembership('delnodes', joined);
      await this.#leave(joined);
    }
    for (const run of this.#runs) {
      await this.#tell(run, 'reconnect', [reconnectOption]);
      for (const [event, args] of namedEvents(run.member)) await this.#tell(run, event, args);
    }
  }

  async close(): Promise<void> {
    for (const run of this.#runs) await run.close();
  }

  async #configure(member: SimulatedMember): Promise<void> {
    if (![undefined, member.status.pod].includes(this.#options.member)) return;
    const run = this.#start(member);
    this.#runs.push(run);
    if (!listensTo(member.role, 'configure')) return;
    await this.#record(run, 'configure', () => run.configure(this.#cluster.configmeta(member)));
  }

  #start(member: SimulatedMember): MemberRun {
    const { pod } = member.status;
    const root = join(this.#folder, pod);
    mkdirSync(root, { recursive: true });
    const stubs = resolve(this.#directory, 'stubs');
    const sandbox = startSandbox({
      ...{ root, hostname: pod, hosts: this.#hostsOf(member) },
      stubs: existsSync(stubs) ? stubs : undefined,
    });
    // Under the name of the folder that packages of this app have: it is part of paths in their scripts.
    const name = this.#appName();
    const archive = [
      '--dereference',
      '--transform',
      `s,^package,${name},`,
      '-czf',
      join(root, '.kd/package.tgz'),
      'package',
    ];
    execFileSync('tar', ['-C', this.#directory, ...archive]);
    const { guestTools, limitSeconds } = this.#options;
    return createMemberRun(member, sandbox, root, { guestTools, limitSeconds, packageURL: 'file:///.kd/package.tgz' });
  }

  #appName(): string {
    return resolve(this.#directory).split('/').at(-1) ?? 'package';
  }

  /** Others have addresses for documentation, which no network reaches. Source: RFC 5737 */
  #hostsOf(member: SimulatedMember): string {
    const others = this.#cluster.members.map(({ fqdn, status }, index) =>
      fqdn === member.fqdn ? '' : `192.0.2.${(index % 254) + 1} ${fqdn} ${status.pod}\n`,
    );
    return `127.0.0.1 localhost ${member.fqdn} ${member.status.pod}\n${others.join('')}`;
  }

  async #refresh(): Promise<void> {
    for (const run of this.#runs) await run.refresh(this.#cluster.configmeta(run.member));
  }

  async #leave(member: SimulatedMember): Promise<void> {
    const at = this.#runs.findIndex((run) => run.member === member);
    if (at >= 0) await this.#runs.splice(at, 1)[0]?.close();
  }

  async #tellMembership(event: MembershipEvent, about: SimulatedMember): Promise<void> {
    const args = [...membershipOptions(event, about.role.id), fqdnList([about.fqdn])];
    for (const run of this.#runs) {
      if (run.member !== about && listensTo(run.member.role, event)) await this.#tell(run, event, args);
    }
  }

  async #tell(run: MemberRun, event: string, args: readonly string[]): Promise<void> {
    if ([undefined, event].includes(this.#options.event)) await this.#record(run, event, () => run.notify(args));
  }

  async #record({ member }: MemberRun, event: string, work: () => Promise<EventEnd>): Promise<void> {
    const since = performance.now();
    const end = await work().catch((error: unknown): EventEnd => ({
      exitCode: undefined,
      lines: [error instanceof Error ? error.message : String(error)],
    }));
    const missed = listensTo(member.role, event) ? 'failed' : 'passed over';
    const outcome = end.exitCode === 0 ? 'passed' : missed;
    if (outcome === 'failed') this.failed = true;
    const seconds = (performance.now() - since) / 1000;
    this.#options.report({ member: member.status.pod, event, seconds, outcome, ...end });
  }
}

/** Events that are called only where eventList names them, with what they are called with. */
function namedEvents({ role }: SimulatedMember): (readonly [event: string, args: readonly string[]])[] {
  const calls: (readonly [string, readonly string[]])[] = [
    ['healthcheck', [healthcheckOption]],
    ['backup', [backupOption, beginBackup]],
    ['backup', [backupOption, endBackup]],
    ['restore', [restoreOption]],
    ['suspend', [suspendOption]],
    ['restarted', [restartedOption]],
  ];
  for (const way of ['upgraded', 'reverted'] as const) {
    calls.push([`pod_${way}`, [podMovedOption(way)]], [`role_${way}`, roleMovedOptions(way, role.id)]);
    calls.push([`cluster_${way}`, [clusterMovedOption(way)]]);
  }
  return calls.filter(([event]) => listensTo(role, event));
}

const withPackage = (members: readonly SimulatedMember[]): SimulatedMember[] =>
  members.filter(({ role }) => role.configPackage !== undefined);

function mayGrow({ app, spec }: SimulatedMember['role']): boolean {
  const cardinality = parseCardinality(app.cardinality);
  return cardinality !== undefined && allowsMembers(cardinality, (spec.members ?? cardinality.count) + 1);
}
