/**
 * One command over one WebSocket. Each message begins with the number of its channel.
 * Source: k8s.io/streaming/pkg/httpstream/wsstream, k8s.io/client-go/tools/remotecommand/websocket.go
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { isJsonObject } from '../../meta/json.ts';
import type { Status, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ExecResult } from '../contract.ts';
import { responseError } from './response-error.ts';
import { TailBuffer } from './tail-buffer.ts';

interface SessionOptions {
  readonly stdin?: Uint8Array;
  /** Of each stream; more is cut off at its beginning. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;
/** Ends the channel that is named by the next byte. */
const closeSignal = 255;
/** Bytes of input in one message. */
const chunkBytes = 32_768;

const pingEveryMs = 10_000;
const deadAfterMs = 60_000;
/** Characters of a status that is no JSON, quoted in the error. */
const longestText = 300;

/** How long the server may take to hang up once it has said how the command ended. */
const farewellMs = 1000;
const maxRefusalBytes = 65_536;
/** Who does not speak the protocol says 403, and no more. */
const noInputHint = 'commands with input need v5.channel.k8s.io (Kubernetes 1.30 or newer)';

/** The command could not be run. The message is what the container runtime or kubelet said about it. */
export class CommandNotRun extends Error {
  override name = 'CommandNotRun';
}

/**
 * The socket is gone when this settles, or is on its way.
 * @param socket as just made, with no event seen yet
 * @throws StatusError where kube-apiserver says why not; CommandNotRun where kubelet or the runtime do; Error where the
 *         connection broke or the signal aborted
 */
export function runSession(socket: WebSocket, options: SessionOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const session = new Session(socket, options, resolve, reject);
    session.listen();
  });
}

class Session {
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  readonly #resolve: (result: ExecResult | Promise<ExecResult>) => void;
  readonly #reject: (error: Error) => void;
  readonly #stdout: TailBuffer;
  readonly #stderr: TailBuffer;
  #status: string | undefined;
  /** What went wrong first. */
  #failure: unknown;
  #timers: (() => void)[] = [];
  #heard = (): void => undefined;

  constructor(
    socket: WebSocket,
    options: SessionOptions,
    resolve: (result: ExecResult | Promise<ExecResult>) => void,
    reject: (error: Error) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stdout = new TailBuffer(options.maxOutputBytes);
    this.#stderr = new TailBuffer(options.maxOutputBytes);
  }

  listen(): void {
    const { signal } = this.#options;
    this.#socket
      .on('open', () => this.#opened())
      .on('message', (data) => this.#received(data))
      .on('pong', () => this.#heard())
      .on('error', (error) => this.#failed(error))
      .on('unexpected-response', (request, response) => void this.#refused(request, response))
      .on('close', (code) => this.#closed(code));
    signal.addEventListener('abort', this.#aborted, { once: true });
    if (signal.aborted) this.#aborted();
  }

  readonly #aborted = (): void => {
    this.#end(() => this.#reject(new Error('given up', { cause: this.#options.signal.reason })));
  };

  #opened(): void {
    const { clock, stdin } = this.#options;
    const heartbeat = startHeartbeat(this.#socket, clock, (error) => this.#failed(error));
    this.#heard = heartbeat.heard;
    this.#timers.push(heartbeat.stop);
    if (stdin === undefined) return;
    // A command may end without reading all of it: how it ended tells more than what could not be sent.
    sendInput(this.#socket, stdin).catch((error: unknown) => (this.#failure ??= error));
  }

  #received(data: RawData): void {
    this.#heard();
    const message = toBuffer(data);
    const content = message.subarray(1);
    if (content.length === 0) return;
    if (message[0] === channels.stdout) this.#stdout.append(content);
    else if (message[0] === channels.stderr) this.#stderr.append(content);
    else if (message[0] === channels.status) this.#told(content.toString('utf8'));
  }

  #told(status: string): void {
    this.#status ??= status;
    this.#timers.push(this.#options.clock.after(farewellMs, () => this.#socket.terminate()));
  }

  #failed(error: unknown): void {
    this.#failure ??= error;
    this.#socket.terminate();
  }

  async #refused(request: ClientRequest, response: IncomingMessage): Promise<void> {
    const error = await readRefusal(response, this.#options.stdin === undefined ? '' : noInputHint);
    request.destroy();
    this.#end(() => this.#reject(error));
  }

  /** Once there is a status, it counts whatever else befell the connection. */
  #closed(code: number): void {
    const status = this.#status;
    const words = `the connection ended (${code}) before the command did`;
    this.#end(() => {
      if (status === undefined) this.#reject(new Error(words, { cause: this.#failure }));
      else this.#resolve(this.#result(status));
    });
  }

  // A promise, so that what a status says against the command rejects.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #result(status: string): Promise<ExecResult> {
    return { exitCode: exitCodeOf(status), stdout: this.#stdout.text(), stderr: this.#stderr.text() };
  }

  /** Settling twice does nothing. */
  #end(settle: () => void): void {
    this.#options.signal.removeEventListener('abort', this.#aborted);
    for (const stop of this.#timers) stop();
    settle();
    this.#socket.terminate();
  }
}

/** @param hint what is behind an answer without words */
async function readRefusal(response: IncomingMessage, hint: string): Promise<StatusError> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if ((size += chunk.length) > maxRefusalBytes) break;
    }
  } catch {
    // Cut off: what came is all there is to tell.
  }
  return responseError(response.statusCode ?? 500, Buffer.concat(chunks).toString('utf8') || hint);
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

interface Heartbeat {
  /** To be called at every sign of life. */
  readonly heard: () => void;
  readonly stop: () => void;
}

/**
 * Pings the other side, to tell a dead connection from a command that prints nothing.
 * @param dead called once, with the reason
 */
function startHeartbeat(socket: WebSocket, clock: Clock, dead: (error: Error) => void): Heartbeat {
  let last = clock.monotonic();
  let cancel = clock.after(pingEveryMs, beat);

  function beat(): void {
    if (clock.monotonic() - last >= deadAfterMs) {
      dead(new Error(`nothing was heard for ${deadAfterMs / 1000} s`));
      return;
    }
    socket.ping();
    cancel = clock.after(pingEveryMs, beat);
  }

  return {
    heard: () => void (last = clock.monotonic()),
    stop: () => {
      cancel();
    },
  };
}

/**
 * Sends the standard input of a command over v5.channel.k8s.io: all of it, no faster than it is taken, then its end.
 * @throws Error where the connection ended first
 */
async function sendInput(socket: WebSocket, input: Uint8Array): Promise<void> {
  for (let at = 0; at < input.length; at += chunkBytes) {
    await send(socket, Buffer.concat([Uint8Array.of(channels.stdin), input.subarray(at, at + chunkBytes)]));
  }
  await send(socket, Uint8Array.of(closeSignal, channels.stdin));
}

function send(socket: WebSocket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, { binary: true }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * The exit code, from the status channel: a `v1 Status` (without kind) of kubelet or kube-apiserver.
 * Source: k8s.io/apimachinery/pkg/util/remotecommand, k8s.io/cri-streaming/pkg/streaming/remotecommand/exec.go
 * @throws CommandNotRun where the command could not be run, with the reason given
 */
function exitCodeOf(text: string): number {
  const status = parseStatus(text);
  if (status === undefined) {
    throw new CommandNotRun(`a command ended with no status: ${text.slice(0, longestText)}`);
  }
  if (status.status === 'Success') return 0;
  const exit = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && exit !== undefined && /^\d+$/.test(exit)) return Number(exit);
  throw new CommandNotRun(status.message ?? status.reason ?? 'no reason given');
}

function parseStatus(text: string): Partial<Status> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) && typeof parsed.status === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
