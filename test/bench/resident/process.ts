/** The server with a data folder as a child process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../server-process.ts';
import type { Address, Usage } from './child.ts';

export interface Resident extends Address {
  /** After a garbage collection; `resident` is from before it. */
  usage(): Promise<Usage>;
  /** Bytes of resident memory: now, and the highest value since `forgetPeak`. Linux only. */
  memory(): { readonly now: number; readonly peak: number };
  forgetPeak(): void;
}

const program = fileURLToPath(new URL('bench-resident.js', import.meta.url));

/** Runs a server while `use` runs. @throws Error if the server ends earlier */
export async function withResident<T>(folder: string, use: (server: Resident) => Promise<T>): Promise<T> {
  const child = fork(program, [folder], { stdio: 'inherit', execArgv: [...nodeFlags] });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the server ended with ${String(code)}`)),
  );
  const next = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as unknown[])[0];
  const proc = `/proc/${child.pid ?? 0}`;
  const field = (status: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  try {
    const address = (await next()) as Address;
    const server: Resident = {
      ...address,
      async usage() {
        child.send('usage');
        return (await next()) as Usage;
      },
      memory() {
        const status = readFileSync(`${proc}/status`, 'utf8');
        return { now: field(status, 'VmRSS'), peak: field(status, 'VmHWM') };
      },
      // Source: proc_pid_clear_refs(5).
      forgetPeak: () => {
        writeFileSync(`${proc}/clear_refs`, '5');
      },
    };
    return await Promise.race([use(server), ended]);
  } finally {
    child.disconnect();
    await ended.catch(() => undefined);
  }
}
