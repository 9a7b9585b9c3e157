/** PodExec against a server of the test's own. */
import { afterEach, expect, vi } from 'vitest';
import type { ContainerStatus, Pod } from '../../../src/apis/kubernetes/types.ts';
import type { ExecTarget, PodExec } from '../../../src/clients/contract.ts';
import { createPodExec } from '../../../src/clients/kubernetes/exec.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import type { Tracer } from '../../../src/runtime/tracing.ts';
import { startExecServer, type ExecServer, type ExecServerOptions, type Running } from './exec-server.ts';

export const target: ExecTarget = { namespace: 'ns', name: 'web-0', container: 'app', containerID: 'containerd://a' };

export function pod(
  containerID: string,
  state: ContainerStatus['state'] = { running: { startedAt: '2026-01-02T03:04:05Z' } },
): Stored<Pod> {
  const base = { image: '', imageID: '', ready: true, restartCount: 0 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      namespace: 'ns',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-02T03:04:05Z',
    },
    status: { containerStatuses: [{ ...base, name: 'app', containerID, state }] },
  };
}

export interface Setup {
  readonly exec: PodExec;
  readonly server: ExecServer;
  readonly commands: Running[];
  readonly metrics: Metrics;
  /** What the view shows, and what kube-apiserver answers; an Error is thrown. */
  view: Stored<Pod> | undefined;
  stored: Stored<Pod> | Error;
  reads: number;
}

let server: ExecServer | undefined;
/** Closes the server after each test of the file that calls this. */
export function closedAfterEach(): void {
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
}

type Options = Partial<ExecServerOptions> & { parallelism?: number; clock?: Clock; tracer?: Tracer };

export async function setUp(options: Options = {}): Promise<Setup> {
  const commands: Running[] = [];
  const { clock = systemClock, parallelism, run, tracer, ...rest } = options;
  server = await startExecServer({
    ...rest,
    run(command) {
      commands.push(command);
      run?.(command);
    },
  });
  const metrics = createMetrics();
  const setup = { server, commands, metrics, view: pod('containerd://a'), stored: pod('containerd://a'), reads: 0 };
  const transport = {
    request<T>(): Promise<T> {
      const { stored } = made;
      made.reads++;
      return stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored as T);
    },
    stream: () => {
      throw new Error('not asked for');
    },
    close: () => undefined,
  };
  const exec = createPodExec({
    config: server.config(),
    transport,
    pods: () => made.view,
    clock,
    metrics,
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(tracer === undefined ? {} : { tracer }),
  });
  const made: Setup = { ...setup, exec };
  return made;
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error as Error,
  );
}

export const allClosed = (setup: Setup): Promise<void> =>
  vi.waitFor(async () => expect(await setup.server.connections()).toBe(0));
