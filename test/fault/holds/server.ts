/** The measured server as seen from the test. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildChild } from '../storage-program.ts';

export interface Report {
  /** Milliseconds of processor time that the longest turn of the event loop took. */
  readonly longest: number;
  /** Milliseconds of processor time that the main thread took. */
  readonly used: number;
  /** Bytes of memory that the process holds now. */
  readonly rss: number;
  /** Whether a request, other than a watch, is being answered. */
  readonly isBusy: boolean;
  /** Since the child was told 'meter buffers'. */
  readonly buffers?: {
    readonly largest: { readonly bytes: number; readonly by: string };
    readonly mostUnsent: number;
    readonly written: number;
  };
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Lets go of the answer once what was read last contains this: for watches. */
  readonly until?: string;
  /** Lets go of the answer after so many milliseconds. */
  readonly letGoMs?: number;
}

export interface Outcome {
  /** 0 if the request was dropped before there was an answer. */
  readonly status: number;
  readonly bytes: number;
  /** The beginning of the answer. */
  readonly head: string;
}

export class MeasuredServer {
  readonly process: ChildProcess;
  readonly url: string;
  /** PEM: who signed its certificate. */
  readonly ca: string;
  readonly #folder: string;
  readonly #program: string;
  readonly #agent: Agent;
  readonly #port: number;

  private constructor(
    child: ChildProcess,
    paths: { folder: string; program: string },
    at: { port: number; ca: string },
  ) {
    this.process = child;
    this.#folder = paths.folder;
    this.#program = paths.program;
    this.#port = at.port;
    this.url = `https://127.0.0.1:${at.port}`;
    this.ca = at.ca;
    this.#agent = new Agent({ ca: at.ca, keepAlive: true, maxSockets: Infinity });
  }

  /** @param began gets the measured process before it does anything */
  static async started(
    clusters: number,
    padding = 400,
    began: (pid: number) => void = () => undefined,
  ): Promise<MeasuredServer> {
    const program = await buildChild('holds/server-child.ts');
    const folder = await mkdtemp(join(tmpdir(), 'kd-holds-'));
    const child = fork(program, [join(folder, 'data'), String(clusters), String(padding)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    began(child.pid ?? 0);
    const ended = once(child, 'exit').then(() => {
      throw new Error('the measured server ended before it served');
    });
    const [at] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number; ca: string }];
    return new MeasuredServer(child, { folder, program }, at);
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async measured(work: () => Promise<unknown>): Promise<Report> {
    this.process.send('reset');
    await work();
    return this.report();
  }

  async report(): Promise<Report> {
    this.process.send('report');
    const [report] = (await once(this.process, 'message')) as [Report];
    return report;
  }

  /** Sends a request; the answer is the caller's to read. @throws Error where there is none */
  open(call: Call): Promise<IncomingMessage> {
    const { method = 'GET', path, headers = {}, body } = call;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, host: '127.0.0.1', port: this.#port, method, path };
      const sent = request({ ...options, headers: { ...headers, ...length } }, resolve);
      sent.on('error', reject);
      if (call.letGoMs !== undefined) setTimeout(() => sent.destroy(), call.letGoMs);
      sent.end(body);
    });
  }

  /** Sends a request and reads its answer to the end, or until it is to be let go. */
  async send(call: Call): Promise<Outcome> {
    let status = 0;
    let bytes = 0;
    let head = '';
    let tail = '';
    try {
      const response = await this.open(call);
      status = response.statusCode ?? 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (head.length < 200) head += chunk.toString('latin1', 0, 200);
        if (call.until === undefined) continue;
        tail = tail.slice(-call.until.length) + chunk.toString('latin1');
        if (tail.includes(call.until)) break;
        tail = tail.slice(-1_000);
      }
    } catch (error) {
      if (call.letGoMs === undefined) throw error;
    }
    return { status, bytes, head };
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.running) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    await Promise.all([this.#folder, dirname(this.#program)].map((path) => rm(path, { recursive: true, force: true })));
  }
}
