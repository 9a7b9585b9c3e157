/** A request as every filter and handler sees it: parsed once, kept on the exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { UserInfo } from '../../meta/user.ts';

/** Source: k8s.io/apiserver/pkg/endpoints/request RequestInfo. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  readonly path: string;
  /** Kubernetes' verb (get, list, watch, create …) for resources, else the HTTP method in lower case. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' where the request names none. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly requestId: string;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** Aborted when the client goes away, the request's time is up, or the server stops. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** The `Warning` header's values so far, quoted. */
  readonly warnings?: readonly string[];
  /** Of one server: answers compressed already, by the identity of their bytes. */
  readonly compressed?: WeakMap<object, Promise<Buffer>>;
  /** Bytes of the body, once a whole answer was sent. */
  answerBytes?: number | undefined;
}

/** Answers one exchange, or throws a StatusError that the one error renderer answers. */
export type Handler = (exchange: Exchange) => Promise<void>;
