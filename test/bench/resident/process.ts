/** The server with a data folder as a child process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../server-process.ts';
import type { Address, EncryptionProvider, Usage } from './child.ts';

export interface Resident extends Address {
  /** After a garbage collection; `resident` is from before it. */
  usage(): Promise<Usage>;
  /** Bytes of resident memory: now, and the highest value since `forgetPeak`. Linux only. */
  memory(): { readonly now: number; readonly peak: number };
  forgetPeak(): void;
  /** Seconds of processor time so far. Linux only. */
  cpuSeconds(): number;
  /** Milliseconds from the start of the process until it served. */
  readonly startMs: number;
}

const program = fileURLToPath(new URL('bench-resident.js', import.meta.url));

/**
 * Runs a server while `use` runs.
 * @param encryption how it encrypts what it stores; absent: not at all
 * @throws Error if the server ends earlier
 */
export async function withResident<T>(
  folder: string,
  use: (server: Resident) => Promise<T>,
  encryption?: EncryptionProvider,
): Promise<T> {
  const begun = performance.now();
  const args = encryption === undefined ? [folder] : [folder, encryption];
  const child = fork(program, args, { stdio: 'inherit', execArgv: [...nodeFlags] });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the server ended with ${String(code)}`)),
  );
  const next = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as unknown[])[0];
  const proc = `/proc/${child.pid ?? 0}`;
  const field = (status: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  try {
    const address = (await next()) as Address;
    const startMs = performance.now() - begun;
    const server: Resident = {
      ...address,
      startMs,
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
      cpuSeconds() {
        // The fields after the name of the program, which may contain spaces. The times are in hundredths of a second.
        const fields = readFileSync(`${proc}/stat`, 'utf8').split(') ')[1]?.split(' ');
        return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
      },
    };
    return await Promise.race([use(server), ended]);
  } finally {
    child.disconnect();
    await ended.catch(() => undefined);
  }
}
