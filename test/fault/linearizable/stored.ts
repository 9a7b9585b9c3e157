/** All changes of widgets as etcd itself tells them, by a watch of etcdctl. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { etcdBinary } from '../../support/etcd.ts';
import type { Stored } from './watch-guarantees.ts';

export interface StoredChanges {
  readonly changes: readonly Stored[];
  stop(): Promise<void>;
}

interface Told {
  readonly Events?: readonly {
    /** 1: a deletion; absent: a put. */
    readonly type?: number;
    readonly kv: { readonly key: string; readonly mod_revision: number; readonly value?: string };
  }[];
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** Follows the objects below a prefix from the revision after this one. */
export function followStored(endpoints: readonly string[], prefix: string, after: number): StoredChanges {
  const changes: Stored[] = [];
  const values = new Map<string, string>();
  let place = after;
  let isStopped = false;
  let child: ChildProcess | undefined;
  const take = (line: string): void => {
    for (const { type, kv } of (JSON.parse(line) as Told).Events ?? []) {
      place = kv.mod_revision;
      const path = text(kv.key);
      if (!path.includes('/widgets/')) continue;
      const key = path.slice(path.lastIndexOf('/') + 1);
      const { spec } = (type === 1 ? {} : JSON.parse(text(kv.value ?? ''))) as { spec?: { color?: string } };
      const value = spec?.color ?? '';
      changes.push({ key, version: kv.mod_revision, value, previous: values.get(key) ?? '' });
      values.set(key, value);
    }
  };
  const running = (async () => {
    while (!isStopped) {
      const flags = ['--endpoints', endpoints.join(','), '-w', 'json', '--prefix', '--rev', String(place + 1)];
      const started = spawn(`${etcdBinary ?? 'etcd'}ctl`, ['watch', ...flags, prefix], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child = started;
      createInterface({ input: started.stdout }).on('line', take);
      // It ends when etcd has no leader. A line is all events of a revision, and the last one was whole.
      await once(started, 'close');
      await sleep(100);
    }
  })();
  return {
    changes,
    async stop() {
      isStopped = true;
      child?.kill();
      await running;
    },
  };
}

/** The same from what a watch of a server has told, where there is no other witness. */
export function storedBy(
  told: readonly { type: string; key: string; value: string; version: number }[],
): readonly Stored[] {
  const values = new Map<string, string>();
  return told
    .filter(({ type }) => type !== 'BOOKMARK')
    .map(({ type, key, value: shown, version }) => {
      const value = type === 'DELETED' ? '' : shown;
      const stored = { key, version, value, previous: values.get(key) ?? '' };
      values.set(key, value);
      return stored;
    });
}
