/** A request as filters and handlers see it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { KubeObject } from '../meta/object.ts';
import type { Status } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Turns } from '../runtime/turns.ts';
import type { UnsentBytes } from './flowcontrol/unsent.ts';

/** What a request asks for. Source: k8s.io/apiserver/pkg/endpoints/request RequestInfo. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  readonly path: string;
  /** Kubernetes' verb (get, list, watch, create …) for resources, else the HTTP method in lower case. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' if the request names none. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** A request over HTTP/1.1 or HTTP/2. */
export type Request = IncomingMessage | Http2ServerRequest;
/** The response of a Request. */
export type Response = ServerResponse | Http2ServerResponse;

/** A part of a body that other answers may have as well. */
export interface BodyPart {
  /** The same JavaScript object while the bytes are the same. Undefined: too few bytes to be worth compressing. */
  readonly key: object | undefined;
  bytes(): Buffer;
}

/** A compressed part of a gzip stream: blocks of RFC 1951 that need nothing of what comes before them. */
export interface DeflatedPart {
  readonly deflated: Buffer;
  /** CRC-32 and number of the bytes before compression. */
  readonly crc: number;
  readonly length: number;
}

/** Compresses parts, each once for all answers that contain it. */
export interface PartCompressor {
  /** @throws Error if there is not enough memory */
  compress(part: BodyPart): Promise<DeflatedPart>;
}

/** One request and its response, with what the filters found out about it. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly requestId: string;
  /** The client's address when the request came in; undefined if the connection was closed by then. */
  readonly remoteAddress?: string | undefined;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** The field manager of writes that name none: the first word of the User-Agent. Absent: ''. */
  readonly manager?: string;
  /** Aborted when the client leaves, the request times out, or the server stops. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** The `Warning` header's values so far, quoted. */
  readonly warnings?: readonly string[];
  /** Shared by one server: compressed answers, by the identity of their bytes. */
  readonly compressed?: WeakMap<object, Promise<Buffer>>;
  /** Shared by one server. Absent: bodies with parts are compressed anew for each answer. */
  readonly compressor?: PartCompressor;
  /** Shared by one server: turns of the event loop, for long work. Absent: long work need not give way. */
  readonly turns?: Turns;
  /** Shared by one server: counts bytes that wait for clients. Absent: they are not counted. */
  readonly unsent?: UnsentBytes;
  /** Bytes of the body that were sent. */
  answerBytes?: number | undefined;
  /** Where the request is audited. */
  readonly audit?: AuditTrail | undefined;
}

/** What is reported about an audited request as it becomes known; the audit log removes secrets from it. */
export interface AuditTrail {
  annotate(key: string, value: string): void;
  /**
   * An annotation about admission webhooks; the first value of a key stays. The text may quote objects passed to
   * shown().
   */
  remark(key: string, value: string): void;
  /** A mutating webhook's JSON patch (RFC 6902); recorded at levels that include the request's object. */
  patched(
    key: string,
    about: { readonly configuration: string; readonly webhook: string },
    patch: readonly object[],
  ): void;
  /** Objects sent to webhooks, which may quote them. */
  shown(...objects: readonly (KubeObject | undefined)[]): void;
  /** The object that the client sent, decoded, before any change. */
  requestObject(object: KubeObject): void;
  /** A body that is not an object of the resource: a patch, DeleteOptions. */
  requestBody(body: Buffer, contentType: string | undefined): void;
  /** The answer will be this Status. */
  responseStatus(status: Status): void;
  responseBody(body: Buffer | readonly Buffer[], contentType: string): void;
  /** The headers of the answer were sent. */
  started(code: number): void;
}

/** Answers one exchange, or throws a StatusError, which errors.ts answers. */
export type Handler = (exchange: Exchange) => Promise<void>;
