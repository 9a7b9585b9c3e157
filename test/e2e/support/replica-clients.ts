/** Clients of several replicas. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked, Replica } from './etcd-replicas.ts';
import type { Front } from './front.ts';

export const merge = 'application/merge-patch+json';

/** A list, as far as the tests look at it. */
export interface Listed {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Item[];
}
/** One object of it. */
export interface Item {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly state?: string; readonly observedGeneration?: number };
}

export async function itemOf(replica: Replica, path: string, asked?: Asked): Promise<{ status: number; body: Item }> {
  const { status, body } = await replica.ask(path, asked);
  return { status, body: body as Item };
}

export async function listOf(replica: Replica, path: string): Promise<{ status: number; body: Listed }> {
  const { status, body } = await replica.ask(path);
  return { status, body: body as Listed };
}

/** Clients that write and read, each one object. */
export interface Load {
  /** Resolves when all have ended, with what they were refused, and with the last value of the label `turn` by path. */
  stop(): Promise<{
    readonly failed: readonly string[];
    readonly rounds: number;
    readonly turns: ReadonlyMap<string, string>;
  }>;
}

/** One client for each path. They ask through kube-apiserver, and again if the answer says so, as client-go does. */
export function startLoad(front: Front, paths: readonly string[]): Load {
  const failed: string[] = [];
  const turns = new Map<string, string>();
  let rounds = 0;
  let isOver = false;
  const ask = async (path: string, asked: Parameters<Front['ask']>[1]): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const { status, text } = await front.ask(path, asked);
      if (status < 300) return;
      if ((status !== 429 && status !== 503) || attempt === 10) {
        failed.push(`${asked?.method ?? 'GET'} ${path}: ${status} ${text.slice(0, 300)}`);
        return;
      }
      await sleep(1_000);
    }
  };
  const running = paths.map(async (path) => {
    for (let at = 0; !isOver; at++) {
      const body = JSON.stringify({ metadata: { labels: { turn: `${at}` } } });
      await ask(path, { method: 'PATCH', contentType: merge, body });
      turns.set(path, `${at}`);
      await ask(path, {});
      rounds += 1;
    }
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(running);
      return { failed, rounds, turns };
    },
  };
}
