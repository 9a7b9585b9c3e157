/** The filters that every request passes, over HTTP/1.1, HTTP/2 and for upgrades. */
import type { Authenticator, Authorizer } from '../../auth/contract.ts';
import { serviceUnavailable, timeoutError, type StatusError } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import { createTurns, type Turns } from '../../runtime/turns.ts';
import type { AuditLog } from '../audit/contract.ts';
import { RequestActivity, type Activity } from '../flowcontrol/activity.ts';
import type { Deadlines } from '../flowcontrol/deadlines.ts';
import { requestKind } from '../flowcontrol/in-flight.ts';
import type { FlowControl } from '../flowcontrol/scheduler.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';
import { ConnectionUse } from './connection-use.ts';
import { authenticate, authorize, createCredentialsReader, refuseImpersonation } from './access.ts';
import type { Handler, Request, RequestInfo, Response } from '../exchange.ts';
import { enter } from './entering.ts';
import { cutShort } from './cut-short.ts';
import { isPanic, sendError } from './errors.ts';
import { ClientGoneError, HttpExchange } from './exchange.ts';
import { createFailureLog, type FailureLog } from './failure-log.ts';
import { createPartCompressor } from './gzip-parts.ts';
import { remoteAddressOf, requestIdOf } from './request-identity.ts';
import { parseRequestInfo, rootInfo } from './request-info.ts';
import { impersonated } from './impersonation.ts';
import { logRequest } from './request-log.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { beginRequestSpan, endRequestSpan, noticingProxies } from './request-span.ts';
import { untilOver } from './response-state.ts';

/** How a request is handled. */
export interface Route {
  readonly handler: Handler;
  /** Not bound by the request timeout; ended when the server stops. */
  readonly longRunning: boolean;
  /** Not counted in the limits of requests in flight. */
  readonly unlimited?: boolean;
  /** Answered to everybody: nobody is authenticated or authorized. */
  readonly open?: boolean;
  /** The work to begin it, in units of one get. Absent: that of other requests of its kind. */
  readonly cost?: () => number;
  /** The handler takes over the connection; the request ends when the handler does. */
  readonly upgrade?: boolean;
}

interface ChainOptions {
  readonly route: (info: RequestInfo, request: Request) => Route;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Whether who has the right to may act for others; absent: nobody may. */
  readonly impersonation?: boolean;
  readonly flow: FlowControl;
  readonly deadlines: Deadlines;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requestId: () => string;
  readonly audit?: AuditLog;
  /** Absent: requests are not traced. */
  readonly tracer?: Tracer;
  /** Shared with other long work on this event loop; a separate one if absent. */
  readonly turns?: Turns;
  readonly unsent: UnsentBytes;
}

/** Over how much time the ends of long-running requests are spread; 0: they end at once. */
export interface Spread {
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly milliseconds: number;
}

/** Handles requests from authentication to the answer. */
export interface Chain {
  /** Always answers; never rejects. */
  handle(request: Request, response: Response): Promise<void>;
  /** Like handle, with another route; for upgrades. */
  handleWith(route: (info: RequestInfo) => Route, request: Request, response: Response): Promise<void>;
  /** Refuses new long-running requests and ends the running ones; resolves once nothing is running. */
  drain(spread: Spread): Promise<void>;
  running(): number;
  readonly activity: Activity;
}

/** A request that is being handled. */
interface Running {
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** Called when it ends. */
  readonly closers: (() => void)[];
}

/** The chain. @param options.route finds the handler of a request */
export function createChain(options: ChainOptions): Chain {
  return new RequestChain(options);
}

class RequestChain implements Chain {
  readonly #options: ChainOptions;
  readonly #read = createCredentialsReader();
  readonly #connections = new ConnectionUse();
  readonly #compressed = new WeakMap<object, Promise<Buffer>>();
  readonly #compressor = createPartCompressor();
  readonly #turns: Turns;
  readonly #failures: FailureLog;
  readonly #streams = new Set<HttpExchange>();
  readonly activity: RequestActivity;
  #running = 0;
  #onIdle: (() => void) | undefined;
  #stopping = false;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#turns = options.turns ?? createTurns();
    this.#failures = createFailureLog(options);
    this.activity = new RequestActivity(options.clock);
  }

  handle(request: Request, response: Response): Promise<void> {
    return this.handleWith((info) => this.#options.route(info, request), request, response);
  }

  async handleWith(route: (info: RequestInfo) => Route, request: Request, response: Response): Promise<void> {
    this.#running++;
    this.#connections.begin(request);
    const requestId = requestIdOf(request) ?? this.#options.requestId();
    let info = rootInfo;
    let problem: Error | undefined;
    try {
      info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error));
    }
    const exchange = new HttpExchange(request, response, {
      ...{ requestId, info, compressed: this.#compressed, compressor: this.#compressor },
      ...{ turns: this.#turns, unsent: this.#options.unsent },
      ...(this.#options.audit === undefined ? {} : { remoteAddress: remoteAddressOf(request) }),
    });
    // A client that leaves during the answer is not an error of this server.
    response.on('error', () => undefined);
    try {
      if (problem !== undefined) throw problem;
      await this.#serve(exchange, route(info));
    } catch (error) {
      await this.#fail(exchange, error);
    } finally {
      this.#leave(exchange);
      this.#running--;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  async drain({ random, milliseconds }: Spread): Promise<void> {
    this.#stopping = true;
    for (const exchange of this.#streams) {
      const end = (): void => exchange.abort(shuttingDown());
      if (milliseconds === 0) end();
      else this.#options.clock.after(random() * milliseconds, end);
    }
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  running(): number {
    return this.#running;
  }

  async #serve(exchange: HttpExchange, route: Route): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    const { info, response } = exchange;
    const startedAt = clock.monotonic();
    const closers = [this.activity.begin(requestKind(info.verb, route.longRunning))];
    let code: number | undefined;
    try {
      if (this.#stopping && route.longRunning) throw shuttingDown();
      if (route.longRunning) closers.push(this.#follow(exchange));
      else closers.push(this.#options.deadlines.begin(() => this.#expire(exchange)));
      if (route.open !== true) exchange.user = await this.#authenticate(exchange, startedAt);
      const { tracer } = this.#options;
      if (tracer !== undefined && route.open !== true)
        beginRequestSpan(tracer, exchange, clock.monotonic() - startedAt);
      const answer = (): Promise<void> => this.#answer(exchange, route, { startedAt, closers });
      await (exchange.span === undefined ? answer() : exchange.span.run(answer));
    } catch (error) {
      code = await this.#fail(exchange, error);
    } finally {
      for (const close of closers) close();
      code ??= response.statusCode;
      const milliseconds = clock.monotonic() - startedAt;
      const { longRunning } = route;
      const took = { seconds: milliseconds / 1000, webhookSeconds: exchange.webhookMs / 1000 };
      metrics.record(info, code, longRunning ? undefined : took, exchange.answerBytes);
      exchange.audit?.complete(response.headersSent ? response.statusCode : undefined);
      logRequest(logger, exchange, { code, milliseconds, longRunning });
      endRequestSpan(exchange, code);
    }
  }

  /**
   * Answers an authenticated request, in the order of kube-apiserver's filters: one that is not authenticated takes no
   * room in flight, and one refused for lack of room is audited. Source: k8s.io/apiserver/pkg/server DefaultBuildHandlerChain
   */
  async #answer(exchange: HttpExchange, route: Route, { startedAt, closers }: Running): Promise<void> {
    const { authorizer, audit } = this.#options;
    const isOpen = route.open === true;
    exchange.audit = audit?.begin(exchange, { startedAt, longRunning: route.longRunning });
    if (!isOpen) await this.#impersonate(exchange);
    if (route.unlimited !== true) {
      const entered = this.#enter(exchange, route);
      closers.push(entered instanceof Promise ? await entered : entered);
    }
    if (!isOpen) await authorize(exchange, authorizer);
    // A request answered with a timeout must not execute.
    exchange.throwIfAborted();
    if (this.#stopping && exchange.request.httpVersionMajor === 1) exchange.response.setHeader('Connection', 'close');
    await route.handler(exchange);
    if (route.longRunning && route.upgrade !== true) await untilOver(exchange.response);
  }

  async #impersonate(exchange: HttpExchange): Promise<void> {
    const { user, request } = exchange;
    if (this.#options.impersonation !== true) refuseImpersonation(user, request);
    else exchange.user = await impersonated(user, request.rawHeaders, this.#options.authorizer);
  }

  async #authenticate(exchange: HttpExchange, startedAt: number): Promise<UserInfo> {
    const { authenticator, audit, tracer } = this.#options;
    const read = tracer === undefined ? this.#read : noticingProxies(exchange, this.#read);
    try {
      return await authenticate(exchange, authenticator, read);
    } catch (error) {
      exchange.audit = audit?.beginUnauthenticated(exchange, startedAt);
      throw error;
    }
  }

  /** The connections of a user who has much waiting are not read for a while. */
  #leave(exchange: HttpExchange): void {
    const connection = this.#connections.end(exchange);
    const { entered } = exchange;
    if (connection === undefined || entered === undefined || entered.kind === 'longRunning') return;
    this.#options.flow.idle(connection, entered);
  }

  #enter(exchange: HttpExchange, { longRunning, cost }: Route): (() => void) | Promise<() => void> {
    const { flow, metrics } = this.#options;
    const refused = (): void => metrics.terminated(exchange.info, 429);
    return enter(exchange, { longRunning, flow, refused, ...(cost === undefined ? {} : { cost }) });
  }

  #follow(exchange: HttpExchange): () => void {
    const end = this.#options.metrics.longRunning(exchange.info);
    this.#streams.add(exchange);
    return () => {
      this.#streams.delete(exchange);
      end();
    };
  }

  #expire(exchange: HttpExchange): void {
    const reason = timeoutError('Timeout: request did not complete within the allotted timeout');
    exchange.abort(reason);
    this.#options.metrics.terminated(exchange.info, reason.code);
    // Answer at once, even if the handler ignores its signal.
    void this.#fail(exchange, reason).then(() => {
      exchange.request.resume();
    });
  }

  async #fail(exchange: HttpExchange, error: unknown): Promise<number> {
    const { logger, metrics } = this.#options;
    const isBegun = exchange.response.headersSent && !exchange.response.writableEnded;
    if (isBegun && !(error instanceof ClientGoneError)) metrics.aborted(exchange.info);
    try {
      const failure = await sendError(exchange, error, this.#failures);
      if (isPanic(error)) exchange.audit?.panicked(failure.status);
      return failure.code;
    } catch (cause) {
      if (!(cause instanceof ClientGoneError)) {
        logger.error({ error: cause, requestId: exchange.requestId }, 'an error could not be answered');
      }
      cutShort(exchange.response, cause instanceof Error ? cause : new Error(String(cause)));
      return 500;
    }
  }
}

function shuttingDown(): StatusError {
  return serviceUnavailable('the server is shutting down');
}
