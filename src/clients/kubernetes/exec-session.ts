/**
 * One command over one WebSocket. Each message begins with the number of its channel.
 * Source: k8s.io/streaming/pkg/httpstream/wsstream, k8s.io/client-go/tools/remotecommand/websocket.go
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ExecResult } from '../contract.ts';
import { startHeartbeat } from './exec-heartbeat.ts';
import { sendInput } from './exec-input.ts';
import { exitCodeOf } from './exec-status.ts';
import { responseError } from './response-error.ts';
import { TailBuffer } from './tail-buffer.ts';

interface SessionOptions {
  readonly stdin?: Uint8Array;
  /** Of each stream; more is cut off at its beginning. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const channels = { stdout: 1, stderr: 2, status: 3 } as const;

/** How long the server may take to hang up once it has said how the command ended. */
const farewellMs = 1000;
const maxRefusalBytes = 65_536;
/** Who does not speak the protocol says 403, and no more. */
const noInputHint = 'commands with input need v5.channel.k8s.io (Kubernetes 1.30 or newer)';

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
