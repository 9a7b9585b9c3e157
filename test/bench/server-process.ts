/** The built program as a child process, in the way that a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, readKubeconfig, type Client, type Credentials } from './client.ts';

export interface ServerProcess {
  /** The value of its flag --data. */
  readonly directory: string;
  readonly credentials: Credentials;
  /** Milliseconds from spawn to the first 200 of /readyz. */
  readonly startMs: number;
  /** Resident megabytes: now, and the highest value so far. NaN if /proc is absent. */
  memory(): { now: number; peak: number };
  /** Seconds of processor time so far. NaN if /proc is absent. */
  cpuSeconds(): number;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const program = fileURLToPath(new URL('kubedirector.js', import.meta.url));
/** The flags of Node.js, as in the image. */
export const nodeFlags = ['--max-semi-space-size=4'] as const;
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

function procText(child: ChildProcess, file: string): string {
  const path = `/proc/${child.pid ?? 0}/${file}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function readMemory(child: ChildProcess): { now: number; peak: number } {
  const status = procText(child, 'status');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1000;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

function readCpuSeconds(child: ChildProcess): number {
  // The fields after the name of the program, which may contain spaces. The times are in hundredths of a second.
  const fields = procText(child, 'stat').split(') ')[1]?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
}

async function untilReady(directory: string, port: number, failed: () => string | undefined): Promise<Credentials> {
  const deadline = performance.now() + readyTimeoutMs;
  const kubeconfig = join(directory, 'kubeconfig');
  let client: Client | undefined;
  let reason = 'no kubeconfig was written';
  while (performance.now() < deadline) {
    const failure = failed();
    if (failure !== undefined) throw new Error(failure);
    try {
      const credentials = readKubeconfig(kubeconfig);
      if (!credentials.server.endsWith(`:${port}`)) throw new Error(`the kubeconfig names ${credentials.server}`);
      client ??= createClient(credentials, 1);
      await client.send('GET', '/readyz');
      client.close();
      return credentials;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      await sleep(4);
    }
  }
  throw new Error(`the program was not ready within ${readyTimeoutMs / 1000} s: ${reason}`);
}

/** @throws Error with the end of the output of the program if it does not become ready */
export async function startServer(directory: string, port: number): Promise<ServerProcess> {
  const before = performance.now();
  const args = [
    ...nodeFlags,
    program,
    'playground',
    '--data',
    directory,
    '--port',
    String(port),
    '--log-level',
    'error',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keepEnd = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-2000);
  };
  child.stdout.on('data', keepEnd);
  child.stderr.on('data', keepEnd);
  const exited = once(child, 'exit');
  const failure = (): string | undefined =>
    child.exitCode === null && child.signalCode === null
      ? undefined
      : `the program ended with ${child.exitCode ?? child.signalCode ?? '?'}:\n${output}`;

  async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (failure() !== undefined) return;
    child.kill(signal);
    const timeout = new AbortController();
    const forced = sleep(stopTimeoutMs, 'forced', { signal: timeout.signal, ref: false });
    const result = await Promise.race([exited, forced]);
    timeout.abort();
    await forced.catch(() => undefined);
    if (result !== 'forced') return;
    child.kill('SIGKILL');
    await exited;
    throw new Error(`the program did not stop within ${stopTimeoutMs / 1000} s of ${signal}`);
  }

  try {
    const credentials = await untilReady(directory, port, failure);
    const startMs = performance.now() - before;
    return {
      directory,
      credentials,
      startMs,
      memory: () => readMemory(child),
      cpuSeconds: () => readCpuSeconds(child),
      stop,
    };
  } catch (error) {
    await stop('SIGKILL');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${output}`, { cause: error });
  }
}
