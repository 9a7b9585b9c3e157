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
import { WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createSlots } from '../../runtime/slots.ts';
import { noTracer, type Tracer } from '../../runtime/tracing.ts';
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
import { createCredentials } from './credentials.ts';
import { CommandNotRun, runSession } from './exec-session.ts';
import { objectPath, resources } from './resources.ts';
import { createRunningContainers, type PodView } from './running-container.ts';
import type { ApiTransport } from './transport.ts';

interface PodExecDeps {
  readonly config: KubeConfig;
  readonly transport: ApiTransport;
  readonly pods: PodView;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Absent: kube-apiserver is not told what is traced. */
  readonly tracer?: Tracer;
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

function createAttempt({ config, transport, pods, clock, tracer = noTracer }: PodExecDeps): Attempt {
  const containers = createRunningContainers(pods, transport, clock);
  const open = createExecConnections(config, clock, tracer);

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

/**
 * Begins to connect. The socket is the caller's: to listen to at once, and to end.
 * @throws Error where there are no credentials to be had
 */
type OpenExec = (target: ExecTarget, command: readonly string[], withInput: boolean) => Promise<WebSocket>;

/**
 * Only the first can end the command's input: with input, kube-apiserver must speak it. One that does not leaves the
 * choice to kubelet, which takes the second.
 * Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const handshakeTimeoutMs = 30_000;
/** Of one message; kubelet sends 32 KiB at most. */
const maxPayloadBytes = 4 << 20;

/** @throws Error where the kubeconfig names no cluster */
function createExecConnections(config: KubeConfig, clock: Clock, tracer: Tracer): OpenExec {
  const credentials = createCredentials(config, clock);
  return async (target, command, withInput) => {
    const { agent, headers } = await credentials.current();
    const url = execURL(credentials.server, target, command, withInput);
    return new WebSocket(url, withInput ? protocols.slice(0, 1) : protocols, {
      agent,
      headers: { ...headers, ...tracer.headers(), 'User-Agent': 'kubedirector' },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxPayloadBytes,
      perMessageDeflate: false,
    });
  };
}

/** The server's URL may have a path of its own. */
function execURL(server: URL, target: ExecTarget, command: readonly string[], withInput: boolean): string {
  const { namespace, name, container } = target;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  if (withInput) query.set('stdin', 'true');
  for (const word of command) query.append('command', word);
  const base = server.href.replace(/^http/, 'ws').replace(/\/+$/, '');
  const pod = objectPath(resources.pods, { namespace, name });
  return `${base}${pod}/exec?${query.toString()}`;
}

/** Counts the attempt while it lasts, and its duration by outcome. */
type ObserveExec = (attempt: () => Promise<ExecResult>) => Promise<ExecResult>;

const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1200];

/** @param waiting how many wait for their turn */
function createExecMetrics(metrics: Metrics, clock: Clock, waiting: () => number): ObserveExec {
  const inflight = metrics.gauge('kubedirector_exec_inflight', 'Commands running in containers now.');
  metrics.gauge('kubedirector_exec_waiting', 'Commands that wait for their turn.', [], (gauge) => {
    gauge.set(waiting());
  });
  const duration = metrics.histogram(
    'kubedirector_exec_duration_seconds',
    'Time a command in a container took once it had its turn, by outcome.',
    ['outcome'],
    durationBuckets,
  );
  return async (attempt) => {
    const began = clock.monotonic();
    let outcome = 'completed';
    inflight.inc();
    try {
      return await attempt();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      inflight.dec();
      duration.observe({ outcome }, (clock.monotonic() - began) / 1000);
    }
  };
}

function outcomeOf(error: unknown): 'container_gone' | 'timeout' | 'unavailable' {
  if (error instanceof ContainerGoneError) return 'container_gone';
  return error instanceof ExecTimeoutError ? 'timeout' : 'unavailable';
}
