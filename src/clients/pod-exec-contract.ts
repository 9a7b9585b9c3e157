/** The port through which commands run in containers, and how they fail. */
import type { NamespacedName } from '../meta/object.ts';

/** One container of one pod, in one of its runs: after a restart it has another ID. */
export interface ExecTarget extends NamespacedName {
  readonly container: string;
  /** "containerd://…", or as containerIdentity tells it: the exec is refused with ContainerGoneError once this is no longer the running container. */
  readonly containerID: string;
}

/** Input and limits of one command. Times are in milliseconds. */
export interface ExecOptions {
  /** Given to the command's standard input, which is then closed. */
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Output beyond this is cut off at its beginning; 64 KiB where absent. */
  readonly maxOutputBytes?: number;
}

/** How a command ended, with the end of its output. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands in containers (pods/exec). */
export interface PodExec {
  /**
   * Resolves with whatever exit code the command had.
   * @throws ContainerGoneError, ExecTimeoutError, ExecRefusedError, or ExecUnavailableError where it could not be begun
   *         or was cut off
   */
  exec(target: ExecTarget, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** The container is not running any more, or was restarted. Trying again cannot help. */
export class ContainerGoneError extends Error {
  constructor(target: ExecTarget, options?: ErrorOptions) {
    super(`container ${target.containerID} of pod ${target.namespace}/${target.name} is no longer running`, options);
    this.name = 'ContainerGoneError';
  }
}
/** The command took longer than its limit. It may still be running in its container. */
export class ExecTimeoutError extends Error {
  constructor(target: ExecTarget, timeoutMs: number) {
    super(`no answer from pod ${target.namespace}/${target.name} within ${timeoutMs / 1000} s`);
    this.name = 'ExecTimeoutError';
  }
}
/** The command could not be started, or the connection to it broke. A later attempt may succeed. */
export class ExecUnavailableError extends Error {
  constructor(target: ExecTarget, options?: ErrorOptions) {
    super(`could not run a command in pod ${target.namespace}/${target.name}`, options);
    this.name = 'ExecUnavailableError';
  }
}

/** The container is there, and its runtime cannot start the command in it: an image without that program, say. */
export class ExecRefusedError extends Error {
  /** As the runtime gives it. */
  readonly reason: string;
  constructor(target: ExecTarget, reason: string, options?: ErrorOptions) {
    super(`no command can be started in pod ${target.namespace}/${target.name}: ${reason}`, options);
    this.name = 'ExecRefusedError';
    this.reason = reason;
  }
}
