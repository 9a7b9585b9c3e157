/** kube-apiserver as a process, where the cluster is a lab on this machine: to be stopped and started again. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Cluster } from './cluster.ts';
import { kill } from '../../support/kill.ts';

export interface KubeApiServer {
  /** It accepts connections and answers nothing. */
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  /** With the command line that it had. */
  start(cluster: Cluster): Promise<void>;
}

const pidFile = (): string | undefined => {
  const directory = process.env['KD_LAB_DIR'];
  const file = directory === undefined ? '' : join(directory, 'run/kube-apiserver.pid');
  return existsSync(file) ? file : undefined;
};

/** Why it cannot be stopped here, for a test's name; undefined where it can. */
export const whyOutOfReach = (): string | undefined =>
  pidFile() === undefined ? ' (skipped: kube-apiserver is no process of a lab on this machine)' : undefined;

/** @throws Error where it is out of reach */
export function kubeApiServer(): KubeApiServer {
  const file = pidFile();
  if (file === undefined) throw new Error(`kube-apiserver is out of reach${whyOutOfReach() ?? ''}`);
  const pid = (): number => Number(readFileSync(file, 'utf8'));
  const commandLine = readFileSync(`/proc/${pid()}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const signal = (name: NodeJS.Signals): void => {
    kill(pid(), name);
  };
  return {
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async kill() {
      const killed = pid();
      signal('SIGKILL');
      await eventually('kube-apiserver to end', () => Promise.resolve(!existsSync(`/proc/${killed}/exe`)));
    },
    async start(cluster) {
      const [program = '', ...args] = commandLine;
      const log = openSync(join(file, '../../log/kube-apiserver.log'), 'a');
      const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
      closeSync(log);
      child.unref();
      // It ends together with the lab.
      writeFileSync(file, `${child.pid ?? ''}\n`);
      await eventually(
        'kube-apiserver to be ready',
        async () => {
          return (await cluster.kubectl('get', '--raw', '/readyz')).code === 0;
        },
        60_000,
      );
    },
  };
}
