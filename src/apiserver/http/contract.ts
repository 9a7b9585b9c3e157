/** A request as every filter and handler sees it: parsed once, kept on the exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { KubeObject } from '../../meta/object.ts';
import type { Status } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { UnsentBytes } from '../flowcontrol/unsent.ts';

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
  /** Of the other end, as it was when the request came in; undefined where it was gone by then. */
  readonly remoteAddress?: string | undefined;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** Aborted when the client goes away, the request's time is up, or the server stops. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** The `Warning` header's values so far, quoted. */
  readonly warnings?: readonly string[];
  /** Of one server: answers compressed already, by the identity of their bytes. */
  readonly compressed?: WeakMap<object, Promise<Buffer>>;
  /** Of one server: the turns of its event loop, for what takes long. Absent: nobody else is there to be held up. */
  readonly turns?: Turns;
  /** Of one server: what waits for clients to read it. Absent: it is not counted. */
  readonly unsent?: UnsentBytes;
  /** Bytes of the body, once a whole answer was sent. */
  answerBytes?: number | undefined;
  /** Where the request is audited. */
  readonly audit?: AuditTrail | undefined;
}

/** What is told of a request that is audited, as it becomes known; secrets in it are the audit log's to leave out. */
export interface AuditTrail {
  annotate(key: string, value: string): void;
  /**
   * What an admission webhook, or something that became of one, adds; the first to name a key has it. May quote what
   * was shown().
   */
  remark(key: string, value: string): void;
  /** A change (RFC 6902) that a mutating webhook made, at levels that tell of what the client sent as well. */
  patched(
    key: string,
    about: { readonly configuration: string; readonly webhook: string },
    patch: readonly object[],
  ): void;
  /** Objects that others got to see: what they say may quote them. */
  shown(...objects: readonly (KubeObject | undefined)[]): void;
  /** What the client sent, as decoded; before anything is done with it. */
  requestObject(object: KubeObject): void;
  /** What the client sent that is no object of the resource: a patch, DeleteOptions. */
  requestBody(body: Buffer, contentType: string | undefined): void;
  /** The answer is going to be a Status. */
  responseStatus(status: Status): void;
  responseBody(body: Buffer | readonly Buffer[], contentType: string): void;
  /** The headers of the answer went out. */
  started(code: number): void;
}

/** Answers one exchange, or throws a StatusError that the one error renderer answers. */
export type Handler = (exchange: Exchange) => Promise<void>;
