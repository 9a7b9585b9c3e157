/**
 * PodExec on a real cluster: pods/exec over WebSocket.
 *
 * kubelet knows a container by its name, not by its ID. The ID is compared before a command is sent, and again before
 * its result is handed out, with what the pod's status says; kubelet writes that about a second after the fact. So a
 * container that restarts within that time, just before the command, runs it although it was meant for the one before,
 * and the caller is told ContainerGone or, rarely, gets a result. Commands must bear it: what they leave in a container
 * says by itself which one it belongs to.
 *
 * A command goes on in its container when the connection ends before it: neither giving up nor a timeout stops it.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../runtime/clock.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createSlots } from '../../runtime/slots.ts';
import {
  ContainerGoneError,
  ExecRefusedError,
  ExecTimeoutError,
  ExecUnavailableError,
  type ExecOptions,
  type ExecResult,
  type ExecTarget,
  type PodExec,
} from '../contract.ts';
import { createExecConnections } from './exec-connection.ts';
import { createExecMetrics } from './exec-metrics.ts';
import { CommandNotRun } from './exec-status.ts';
import { runSession } from './exec-session.ts';
import { createRunningContainers, type PodView } from './running-container.ts';
import type { ApiTransport } from './transport.ts';

interface PodExecDeps {
  readonly config: KubeConfig;
  readonly transport: ApiTransport;
  readonly pods: PodView;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Commands at a time, of all pods; 32 where absent. The others wait in the order of coming. */
  readonly parallelism?: number;
}

const defaultParallelism = 32;
const defaultMaxOutput = 65_536;
/** 128 + SIGKILL. */
const killedExitCode = 137;

/** `timeoutMs` does not count the time that a command waits for its turn. */
export function createPodExec(deps: PodExecDeps): PodExec {
  const slots = createSlots(deps.parallelism ?? defaultParallelism);
  const observe = createExecMetrics(deps.metrics, deps.clock, () => slots.waiting);
  const attempt = createAttempt(deps);
  return {
    async exec(target, command, options = {}) {
      const release = await slots.take(options.signal);
      if (release === undefined) throw new ExecUnavailableError(target, { cause: options.signal?.reason });
      const limit = startLimit(deps.clock, target, options);
      try {
        return await observe(() => attempt(target, command, options, limit.signal));
      } finally {
        limit.stop();
        release();
      }
    },
  };
}

type Attempt = (
  target: ExecTarget,
  command: readonly string[],
  options: ExecOptions,
  limit: AbortSignal,
) => Promise<ExecResult>;

function createAttempt({ config, transport, pods, clock }: PodExecDeps): Attempt {
  const containers = createRunningContainers(pods, transport, clock);
  const open = createExecConnections(config, clock);

  async function run(...[target, command, options, signal]: Parameters<Attempt>): Promise<ExecResult> {
    const stdin = typeof options.stdin === 'string' ? Buffer.from(options.stdin) : options.stdin;
    const socket = await open(target, command, stdin !== undefined);
    const maxOutputBytes = options.maxOutputBytes ?? defaultMaxOutput;
    return runSession(socket, { signal, clock, maxOutputBytes, ...(stdin === undefined ? {} : { stdin }) });
  }

  /** @throws ContainerGoneError, or whatever hindered the question */
  async function mustRun(target: ExecTarget, signal: AbortSignal): Promise<void> {
    if (!(await containers.isRunning(target, signal))) throw new ContainerGoneError(target);
  }

  /** A container that ends kills the commands in it, and its status says so only later. @throws as mustRun */
  async function mustHaveRun(target: ExecTarget, { exitCode }: ExecResult, signal: AbortSignal): Promise<void> {
    if (exitCode !== killedExitCode) await mustRun(target, signal);
    else if (!(await containers.survives(target, signal))) throw new ContainerGoneError(target);
  }

  /** Why: the container's end explains a broken connection. What can't be asked now, the next attempt will find out. */
  async function explain(target: ExecTarget, error: unknown, limit: AbortSignal): Promise<Error> {
    const running = await containers.isStillRunning(target, limit).catch(() => true);
    if (!running) return new ContainerGoneError(target, { cause: error });
    return error instanceof CommandNotRun
      ? new ExecRefusedError(target, error.message, { cause: error })
      : new ExecUnavailableError(target, { cause: error });
  }

  return async (target, command, options, limit) => {
    let begun = false;
    try {
      await mustRun(target, limit);
      begun = true;
      const result = await run(target, command, options, limit);
      await mustHaveRun(target, result, limit);
      return result;
    } catch (error) {
      if (error instanceof ContainerGoneError) throw error;
      limit.throwIfAborted();
      const explained = begun
        ? await explain(target, error, limit)
        : new ExecUnavailableError(target, { cause: error });
      limit.throwIfAborted();
      throw explained;
    }
  };
}

/** The signal's reason is the error to throw. */
function startLimit(
  clock: Clock,
  target: ExecTarget,
  { timeoutMs, signal }: ExecOptions,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const aborted = (): void => {
    controller.abort(new ExecUnavailableError(target, { cause: signal?.reason }));
  };
  const stopTimer =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => {
          controller.abort(new ExecTimeoutError(target, timeoutMs));
        });
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) aborted();
  return {
    signal: controller.signal,
    stop() {
      stopTimer?.();
      signal?.removeEventListener('abort', aborted);
    },
  };
}
