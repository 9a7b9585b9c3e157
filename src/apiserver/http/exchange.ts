/** One request and its answer, with all that was found out about it on its way. */
import { setMaxListeners } from 'node:events';
import type { StatusError } from '../../meta/status.ts';
import { anonymous, type UserInfo } from '../../meta/user.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { AuditRecord } from '../audit/contract.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';
import type { Exchange, Request, RequestInfo, Response } from './contract.ts';
import { isOver, isWhole } from './response-state.ts';
import { createWarningList, type WarningList } from './warnings.ts';

const none: readonly string[] = [];

/** The client let go of the request: nobody is there to be answered. */
export class ClientGoneError extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGoneError';
  }
}

export class HttpExchange implements Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
  readonly info: RequestInfo;
  readonly compressed: WeakMap<object, Promise<Buffer>>;
  readonly turns: Turns;
  readonly unsent: UnsentBytes;
  /** Anonymous until authentication said otherwise. */
  user: UserInfo = anonymous;
  answerBytes: number | undefined;
  /** There once the policy was asked, if it wants the request written down. */
  audit: AuditRecord | undefined;
  #mutatingMs = 0;
  #validatingMs = 0;
  #warnings: WarningList | undefined;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(
    request: Request,
    response: Response,
    made: {
      requestId: string;
      info: RequestInfo;
      compressed: WeakMap<object, Promise<Buffer>>;
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
    this.turns = made.turns;
    this.unsent = made.unsent;
  }

  readonly warn = (message: string): void => {
    this.#warnings ??= createWarningList();
    this.#warnings.add(message);
  };

  /** Mutating webhooks are called one after the other, validating ones at once. */
  webhookTook(type: 'mutating' | 'validating', milliseconds: number): void {
    if (type === 'mutating') this.#mutatingMs += milliseconds;
    else this.#validatingMs = Math.max(this.#validatingMs, milliseconds);
  }

  /** Milliseconds that admission webhooks took. Source: k8s.io/apiserver/pkg/endpoints/request/webhook_duration.go */
  get webhookMs(): number {
    return this.#mutatingMs + this.#validatingMs;
  }

  get warnings(): readonly string[] {
    return this.#warnings?.values ?? none;
  }

  /** Made when first asked for: a get from memory is over before anything could abort it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      // All webhooks of a kind that are asked at once listen to it.
      setMaxListeners(0, controller.signal);
      this.#controller = controller;
      if (this.#aborted !== undefined) controller.abort(this.#aborted);
      else if (isOver(this.response)) controller.abort(new ClientGoneError());
      else {
        this.response.once('close', () => {
          // After a whole answer nobody is left to notice.
          if (!isWhole(this.response)) controller.abort(new ClientGoneError());
        });
      }
    }
    return this.#controller.signal;
  }

  /** For whoever can do without a signal. @throws the reason of abort, if there was one */
  throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted;
  }

  /** @param reason what a handler that waits for something then fails with */
  abort(reason: StatusError): void {
    this.#aborted ??= reason;
    this.#controller?.abort(reason);
  }
}
