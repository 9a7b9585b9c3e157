/** The program, killed at any moment: acknowledged writes are still there, and work that had begun is completed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { targetOf, type Answer, type Ask, type Target } from '../conformance/target.ts';
import { builtProgram } from '../support/command.ts';
import { startProgram, type RunningProgram } from '../program/support/program.ts';
import { seeded } from '../support/seeded.ts';

interface Thing {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly clusterIP?: string;
    readonly roles?: readonly { readonly id: string; readonly members?: number; readonly storage?: object }[];
  };
  readonly status?: { readonly state?: string; readonly conditions?: readonly { type: string; status: string }[] };
}

const group = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';
const core = '/api/v1/namespaces/default';
const clusterLabel = 'kubedirector.hpe.com/kdcluster';
const roleLabel = 'kubedirector.hpe.com/role';
/** Of each example app: what a cluster of it looks like, and which role can be scaled. */
const examples = [
  { app: 'spark', scaled: 'worker' },
  { app: 'cassandra', scaled: 'worker' },
].map((example) => {
  const read = (file: string): Thing =>
    parse(readFileSync(`manifests/examples/${example.app}/${file}.yaml`, 'utf8')) as Thing;
  return { ...example, manifest: read('app'), cluster: read('cluster') };
});

/** What a client knows of a cluster that it asked for. */
interface Known {
  readonly scaled: string;
  created: 'asked' | 'acknowledged';
  deleted?: 'asked' | 'acknowledged';
}

/** A client that records the answers of all servers. */
class Client {
  readonly known = new Map<string, Known>();
  readonly surprises: string[] = [];
  /** What it has done so far. */
  steps = 0;
  readonly #random: () => number;
  #target: Target | undefined;
  #newest = 0;
  #made = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  async meet(program: RunningProgram): Promise<void> {
    this.#target?.close();
    this.#target = targetOf(program.kubeconfig);
    // A server that lost writes would list an older version than the newest that was ever shown.
    await this.ask('/api/v1/namespaces');
    for (const [name, known] of this.known) {
      const { status, body } = await this.ask(`${group}/kubedirectorclusters/${name}`);
      const going = status === 404 || (body as Thing).metadata.deletionTimestamp !== undefined;
      if (known.created === 'acknowledged' && known.deleted === undefined)
        expect(going, `${name} was made`).toBe(false);
      if (known.deleted === 'acknowledged') expect(going, `${name} was deleted`).toBe(true);
      // A write that was under way has happened by now, or never will.
      if (known.created === 'asked' && status === 404) this.known.delete(name);
      known.created = 'acknowledged';
      if (going) known.deleted = 'acknowledged';
      else delete known.deleted;
    }
  }

  async ask(path: string, options?: Ask): Promise<Answer> {
    if (this.#target === undefined) throw new Error('no server was met yet');
    const answer = await this.#target.ask(path, options);
    const version = Number((answer.body as Partial<Thing> | undefined)?.metadata?.resourceVersion ?? 0);
    const isList = (answer.body as Partial<Thing> | undefined)?.kind?.endsWith('List') ?? false;
    if (isList) expect(version).toBeGreaterThanOrEqual(this.#newest);
    this.#newest = Math.max(this.#newest, version);
    if (answer.status >= 500) this.surprises.push(`${options?.method ?? 'GET'} ${path}: ${answer.text}`);
    return answer;
  }

  async list(path: string): Promise<readonly Thing[]> {
    return ((await this.ask(path)).body as { items: Thing[] }).items;
  }

  /** Creates, scales and deletes, one after the other, until the server is gone. */
  async work(): Promise<void> {
    try {
      for (;;) {
        await this.#step();
        this.steps++;
        await pause(this.#random() * 60);
      }
    } catch (error) {
      // The connection was closed.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }

  async #step(): Promise<void> {
    const living = [...this.known].filter(
      ([, { created, deleted }]) => created === 'acknowledged' && deleted === undefined,
    );
    const chosen = living[Math.floor(this.#random() * living.length)];
    const draw = this.#random();
    if (chosen === undefined || living.length < 3 || (draw < 0.3 && living.length < 7)) return this.#create();
    if (draw < 0.75) return this.#scale(...chosen);
    return this.#delete(...chosen);
  }

  async #create(): Promise<void> {
    const { cluster, scaled } = examples[this.#made % examples.length] ?? examples[0]!;
    const name = `kill-${++this.#made}`;
    const known: Known = { scaled, created: 'asked' };
    this.known.set(name, known);
    const body = { ...cluster, metadata: { name } };
    const { status, text } = await this.ask(`${group}/kubedirectorclusters`, { method: 'POST', body });
    expect(status, text).toBe(201);
    known.created = 'acknowledged';
  }

  async #scale(name: string, { scaled }: Known): Promise<void> {
    const replicas = 1 + Math.floor(this.#random() * 3);
    const { status, text } = await this.ask(`${group}/kubedirectorroles/${name}.${scaled}/scale`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { replicas } },
    });
    // 404: the other one deleted it.
    expect([200, 404], text).toContain(status);
  }

  async #delete(name: string, known: Known): Promise<void> {
    known.deleted = 'asked';
    const { status, text } = await this.ask(`${group}/kubedirectorclusters/${name}`, { method: 'DELETE' });
    expect([200, 404], text).toContain(status);
    known.deleted = 'acknowledged';
  }

  close(): void {
    this.#target?.close();
  }
}

const isReady = ({ status }: Thing): boolean =>
  status?.state === 'configured' &&
  status.conditions?.some(({ type, status: now }) => type === 'Ready' && now === 'True') === true;

/** "spark/worker": how many there are of it. */
type Counts = Record<string, number>;

function counted(things: readonly Thing[], each: (thing: Thing) => number = () => 1): Counts {
  const counts: Counts = {};
  for (const thing of things) {
    const { labels = {}, name } = thing.metadata;
    const of = labels[clusterLabel] === undefined ? name : `${labels[clusterLabel]}/${labels[roleLabel] ?? ''}`;
    counts[of] = (counts[of] ?? 0) + each(thing);
  }
  return counts;
}

/** What exists, and what should exist of these clusters: neither more nor less. */
async function natives(client: Client, clusters: readonly Thing[]): Promise<{ is: object; should: object }> {
  const sets = await client.list('/apis/apps/v1/namespaces/default/statefulsets');
  const services = (await client.list(`${core}/services`)).filter(({ metadata }) => metadata.name !== 'kubernetes');
  const claims = await client.list(`${core}/persistentvolumeclaims`);
  const roles = clusters.flatMap(({ metadata, spec }) =>
    (spec?.roles ?? []).map(({ id, members = 1, storage }) => ({ key: `${metadata.name}/${id}`, members, storage })),
  );
  const populated = roles.filter(({ members }) => members > 0);
  const members = Object.fromEntries(populated.map(({ key, members: count }) => [key, count]));
  const stored = populated.filter(({ storage }) => storage !== undefined);
  const volumes = stored.reduce((sum, { members: count }) => sum + count, 0);
  const owners = new Set(clusters.map(({ metadata }) => metadata.uid));
  const headless = Object.fromEntries(clusters.map(({ metadata }) => [`${metadata.name}/`, 1]));
  return {
    is: {
      sets: counted(sets),
      replicas: counted(sets, ({ spec }) => spec?.replicas ?? 0),
      owned: sets.every(({ metadata }) => metadata.ownerReferences?.every(({ uid }) => owners.has(uid))),
      pods: counted(await client.list(`${core}/pods`)),
      services: counted(services),
      claims: counted(claims),
      volumes: (await client.list('/api/v1/persistentvolumes')).length,
    },
    should: {
      sets: Object.fromEntries(populated.map(({ key }) => [key, 1])),
      replicas: members,
      owned: true,
      pods: members,
      services: { ...members, ...headless },
      claims: Object.fromEntries(stored.map(({ key, members: count }) => [key, count])),
      volumes,
    },
  };
}

describe('the program, killed with -9', () => {
  let directory: string;
  const programs: RunningProgram[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubedirector-kill-'));
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.kill();
    rmSync(directory, { recursive: true });
  });

  const start = async (): Promise<RunningProgram> => {
    const program = await startProgram({ directory });
    programs.push(program);
    return program;
  };

  it('continues after each of six kills, while clients create, scale and delete', { timeout: 300_000 }, async () => {
    const random = seeded(11);
    const client = new Client(random);
    let program = await start();
    await client.meet(program);
    for (const { manifest } of examples) {
      const { status } = await client.ask(`${group}/kubedirectorapps`, { method: 'POST', body: manifest });
      expect(status).toBe(201);
    }
    for (let round = 0; round < 6; round++) {
      const working = Promise.all([client.work(), client.work()]);
      working.catch(() => undefined); // shows below
      // However busy the machine is, there is something to lose.
      const enough = client.steps + 4 + Math.floor(random() * 30);
      await expect.poll(() => client.steps, { interval: 5 }).toBeGreaterThanOrEqual(enough);
      program.process.kill('SIGKILL');
      // At once: the old process may still be there.
      const next = start();
      await working;
      program = await next;
      await client.meet(program);
    }
    const deletions = [...client.known.values()].filter(({ deleted }) => deleted !== undefined).length;
    expect(deletions).toBeGreaterThan(3);
    expect(client.known.size - deletions).toBeGreaterThan(0);

    const clusters = (): Promise<readonly Thing[]> => client.list(`${group}/kubedirectorclusters`);
    const unsettled = async (): Promise<readonly string[]> =>
      (await clusters()).filter((cluster) => !isReady(cluster)).map(({ metadata }) => metadata.name);
    await expect.poll(unsettled, { timeout: 60_000, interval: 300 }).toEqual([]);
    const left = await clusters();
    const expected = [...client.known].filter(([, { deleted }]) => deleted === undefined).map(([name]) => name);
    expect(left.map(({ metadata }) => metadata.name).sort()).toEqual(expected.sort());
    const { should } = await natives(client, left);
    await expect.poll(async () => (await natives(client, left)).is, { timeout: 30_000, interval: 300 }).toEqual(should);

    for (const { metadata } of left) {
      await client.ask(`${group}/kubedirectorclusters/${metadata.name}`, { method: 'DELETE' });
    }
    await expect.poll(async () => (await clusters()).length, { timeout: 30_000, interval: 300 }).toBe(0);
    const { should: nothing } = await natives(client, []);
    await expect.poll(async () => (await natives(client, [])).is, { timeout: 30_000, interval: 300 }).toEqual(nothing);
    expect(client.surprises).toEqual([]);
    client.close();
    expect(await program.stop()).toBe(0);
    // None of the servers logged an error.
    for (const each of programs) expect(each.output()).not.toContain('"level":50');
  });

  // Needs /proc; elsewhere the lock is judged by its heartbeat.
  it.skipIf(process.platform !== 'linux')(
    'does not block the next start although nobody has waited for it',
    async () => {
      // Becomes a program that waits for no child: as in a container whose first process does not either.
      const command = `"$0" "$1" playground --data "$2" --port 0 >/dev/null 2>&1 & echo $!; exec sleep 60`;
      const parent = spawn('sh', ['-c', command, process.execPath, builtProgram, directory], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      try {
        const [line] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(line.toString());
        await expect.poll(() => readdirSync(directory), { timeout: 30_000 }).toContain('kubeconfig');
        process.kill(pid, 'SIGKILL');
        const program = await start();
        expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
        expect(await program.stop()).toBe(0);
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );
});
