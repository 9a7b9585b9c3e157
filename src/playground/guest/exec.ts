/** Runs commands in simulated containers. */
import {
  ContainerGoneError,
  ExecTimeoutError,
  ExecUnavailableError,
  type ExecOptions,
  type ExecResult,
  type ExecTarget,
  type PodExec,
} from '../../clients/contract.ts';
import { clusterLabel, roleLabel } from '../../apis/kubedirector/well-known.ts';
import { containerIdentity } from '../../apis/kubernetes/container-identity.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import { parseCommand } from '../../guest/steps.ts';
import { isReason } from '../../meta/status.ts';
import { draw, type DelayRange } from '../simulation/delays.ts';
import type { View } from '../simulation/view.ts';
import type { World } from '../simulation/world.ts';
import { runStep, type Surroundings } from './commands.ts';
import { ContainerFiles, type RunningContainer } from './container-files.ts';
import { parseSimulate, simulateAnnotation } from './simulate.ts';
import { Turns } from './turns.ts';

const defaultMaxOutput = 65_536;

/**
 * PodExec for simulated containers. It understands only the steps of the guest contract (src/guest/steps.ts), and obeys
 * the simulate annotation of the KubeDirectorCluster.
 */
export class GuestExec implements PodExec {
  /** The caller refreshes it at the start and closes it at the end. */
  readonly view: View;
  readonly #world: World;
  readonly #clusters: ResourceRegistry | undefined;
  readonly #files: ContainerFiles;
  /** The steps of one pod run one after the other, because each reads the files that the last one wrote. */
  readonly #turns = new Turns();

  /** @param clusters the registry of KubeDirectorClusters, if the server has one */
  constructor(world: World, clusters: ResourceRegistry | undefined) {
    this.#world = world;
    this.#clusters = clusters;
    this.#files = new ContainerFiles(world.native);
    this.view = this.#files.view;
  }

  async exec(target: ExecTarget, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { pod } = this.#running(target);
    await pause(this.#world, this.#world.delays.exec, target, options);
    const signal = options.signal ?? new AbortController().signal;
    try {
      const result = await this.#turns.take(pod.metadata.uid, () => this.#step(target, command, signal));
      return cutOff(result, options.maxOutputBytes ?? defaultMaxOutput);
    } catch (error) {
      if (error instanceof ContainerGoneError) throw error;
      if (isReason(error, 'NotFound')) throw new ContainerGoneError(target, { cause: error });
      throw new ExecUnavailableError(target, { cause: error });
    }
  }

  async #step(target: ExecTarget, command: readonly string[], signal: AbortSignal): Promise<ExecResult> {
    const container = this.#running(target);
    const { name, term, args } = parseCommand(command);
    const {
      files,
      durable = false,
      ...result
    } = runStep(name, { term, args }, this.#files.load(container), this.#surroundings(container));
    if (files) await this.#files.save(container, files, durable, signal);
    return result;
  }

  #running(target: ExecTarget): RunningContainer {
    const pod = this.#world.native.pods.cache.get(target.namespace, target.name)?.object;
    const statuses = [...(pod?.status?.containerStatuses ?? []), ...(pod?.status?.initContainerStatuses ?? [])];
    const status = statuses.find((one) => one.name === target.container);
    const startedAt = status?.state?.running?.startedAt;
    const isMeant = pod && status && containerIdentity(pod, status) === target.containerID;
    if (!isMeant || startedAt === undefined) {
      throw new ContainerGoneError(target);
    }
    return { pod, id: target.containerID, startedAt: Date.parse(startedAt) };
  }

  #surroundings({ pod, id, startedAt }: RunningContainer): Surroundings {
    const { clock, delays, random } = this.#world;
    const { namespace = '', labels = {}, name } = pod.metadata;
    const cluster = this.#clusters?.cache.get(namespace, labels[clusterLabel] ?? '')?.object;
    const simulated = parseSimulate(cluster?.metadata.annotations?.[simulateAnnotation]);
    const role = labels[roleLabel] ?? '';
    return {
      pod: name,
      role,
      containerID: id,
      startedAt,
      now: clock.now().getTime(),
      configureMs: simulated.slow ?? draw(delays.configure, random),
      notifyMs: draw(delays.notify, random),
      failConfigure: simulated.failConfigure.has(role),
      failNotify: simulated.failNotify.has(role),
      failHealth: simulated.failHealth.has(role) || simulated.failHealth.has(name),
    };
  }
}

/** Waits as long as a command takes. @throws ExecTimeoutError, or ExecUnavailableError if the caller aborted */
async function pause(
  { clock, random }: World,
  range: DelayRange,
  target: ExecTarget,
  options: ExecOptions,
): Promise<void> {
  const { signal, timeoutMs = Infinity } = options;
  const unavailable = (): ExecUnavailableError => new ExecUnavailableError(target, { cause: signal?.reason });
  if (signal?.aborted) throw unavailable();
  const ms = draw(range, random);
  if (ms > 0) {
    await new Promise<void>((resolve, reject) => {
      const stop = clock.after(Math.min(ms, timeoutMs), () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      });
      const aborted = (): void => {
        stop();
        reject(unavailable());
      };
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }
  if (ms > timeoutMs) throw new ExecTimeoutError(target, timeoutMs);
}

/** Keeps only the last `bytes` bytes of each output. */
function cutOff({ exitCode, stdout, stderr }: ExecResult, bytes: number): ExecResult {
  const end = (text: string): string => {
    const buffer = Buffer.from(text);
    return buffer.length <= bytes ? text : buffer.subarray(buffer.length - bytes).toString('utf8');
  };
  return { exitCode, stdout: end(stdout), stderr: end(stderr) };
}
