/** A client that creates, scales and deletes clusters while its server is killed, and knows what was acknowledged. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { targetOf, type Answer, type Ask, type Target } from '../conformance/target.ts';
import type { RunningProgram } from '../program/support/program.ts';

/** Any object, as far as the test reads it. */
export interface Thing {
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

export const group = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';
/** Of each example app: what a cluster of it looks like, and which role can be scaled. */
export const examples = [
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
export class Client {
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
