/** One request and its answer, with what is found out about it. */
import { setMaxListeners } from 'node:events';
import type { StatusError } from '../../meta/status.ts';
import { anonymous, type UserInfo } from '../../meta/user.ts';
import type { Span } from '../../runtime/tracing.ts';
import type { Turns } from '../../runtime/turns.ts';
import { defaultManager } from '../apply/index.ts';
import type { AuditRecord } from '../audit/contract.ts';
import type { Applicant } from '../flowcontrol/scheduler.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';
import type { Exchange, PartCompressor, Request, RequestInfo, Response } from '../exchange.ts';
import { isOver, isWhole } from './response-state.ts';
import { createWarningList, type WarningList } from './warnings.ts';

const none: readonly string[] = [];

/** The client has closed the connection: nobody waits for an answer. */
export class ClientGoneError extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGoneError';
  }
}

/** The exchange of the request chain. */
export class HttpExchange implements Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
  readonly info: RequestInfo;
  readonly compressed: WeakMap<object, Promise<Buffer>>;
  readonly compressor: PartCompressor;
  readonly turns: Turns;
  readonly unsent: UnsentBytes;
  /** Anonymous until authentication is done. */
  user: UserInfo = anonymous;
  /** As what it has entered flow control; undefined if it has not, or has no limits. */
  entered: Applicant | undefined;
  answerBytes: number | undefined;
  /** Set if the audit policy records this request. */
  audit: AuditRecord | undefined;
  /** Whether a front proxy says who the user is; known only where requests are traced. */
  isProxied = false;
  /** Set once the user is known, where requests are traced. */
  span: Span | undefined;
  #mutatingMs = 0;
  #validatingMs = 0;
  #warnings: WarningList | undefined;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;
  #onGone: ((reason: Error) => void) | undefined;

  constructor(
    request: Request,
    response: Response,
    made: {
      requestId: string;
      info: RequestInfo;
      compressed: WeakMap<object, Promise<Buffer>>;
      compressor: PartCompressor;
      turns: Turns;
      unsent: UnsentBytes;
      remoteAddress?: string | undefined;
    },
  ) {
    this.request = request;
    this.response = response;
    this.requestId = made.requestId;
    this.remoteAddress = made.remoteAddress;
    this.info = made.info;
    this.compressed = made.compressed;
    this.compressor = made.compressor;
    this.turns = made.turns;
    this.unsent = made.unsent;
  }

  readonly warn = (message: string): void => {
    this.#warnings ??= createWarningList();
    this.#warnings.add(message);
  };

  /**
   * Mutating webhooks run one after the other, so their times add up; validating ones run at once, so the longest
   * counts.
   */
  webhookTook(type: 'mutating' | 'validating', milliseconds: number): void {
    if (type === 'mutating') this.#mutatingMs += milliseconds;
    else this.#validatingMs = Math.max(this.#validatingMs, milliseconds);
  }

  /** The field manager of writes that name none. */
  get manager(): string {
    return defaultManager(this.request.headers['user-agent'] ?? '');
  }

  /** Milliseconds that admission webhooks took. Source: k8s.io/apiserver/pkg/endpoints/request/webhook_duration.go */
  get webhookMs(): number {
    return this.#mutatingMs + this.#validatingMs;
  }

  get warnings(): readonly string[] {
    return this.#warnings?.values ?? none;
  }

  /** Created on first use: a get from memory ends before anything could abort it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      // Many webhook calls may listen to it at once.
      setMaxListeners(0, controller.signal);
      this.#controller = controller;
      if (this.#aborted !== undefined) controller.abort(this.#aborted);
      else if (isOver(this.response)) controller.abort(new ClientGoneError());
      else {
        this.response.once('close', () => {
          // Closing after the whole answer is normal.
          if (!isWhole(this.response)) controller.abort(new ClientGoneError());
        });
      }
    }
    return this.#controller.signal;
  }

  /**
   * For who waits with this exchange, one at a time: as the signal, but without making one.
   * @param listener called with the reason when the client leaves or the exchange is aborted
   * @returns the function to call when nobody waits any more
   */
  onGone(listener: (reason: Error) => void): () => void {
    const onClose = (): void => listener(new ClientGoneError());
    this.response.once('close', onClose);
    this.#onGone = listener;
    return () => {
      this.#onGone = undefined;
      this.response.off('close', onClose);
    };
  }

  /** A check without a signal. @throws the reason of abort, if it was aborted */
  throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted;
  }

  /** Aborts the exchange. @param reason the error with which waiting handlers fail */
  abort(reason: StatusError): void {
    this.#aborted ??= reason;
    this.#controller?.abort(reason);
    this.#onGone?.(reason);
  }
}
