/**
 * The audit log: who asked for what, when, and what came of it. One line of JSON for each stage of each request that
 * the policy wants:
 *
 *   {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"…","stage":"ResponseComplete",
 *    "requestURI":"/apis/…","verb":"create","user":{"username":"jane","groups":[…]},"sourceIPs":["10.1.2.3"],
 *    "objectRef":{…},"responseStatus":{"metadata":{},"code":201},"requestReceivedTimestamp":"…","stageTimestamp":"…",
 *    "annotations":{"authorization.k8s.io/decision":"allow",…}}
 *
 * Source: k8s.io/apiserver/pkg/apis/audit/v1, https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import type { Status } from '../../meta/status.ts';
import type { AuditTrail, Exchange } from '../http/contract.ts';

/** How much is written; each one adds to those before it. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];

export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

export interface AuditLog {
  /**
   * Of a request whose maker is known by now; writes RequestReceived. Nothing of auditing is any request's failure:
   * neither this nor what an AuditRecord does ever throws.
   * @returns undefined where the policy wants nothing written
   */
  begin(exchange: Exchange, about: { readonly begun: number; readonly longRunning: boolean }): AuditRecord | undefined;
  /**
   * Of a request whose maker could not be established: one event, as soon as it is answered.
   * @param begun milliseconds of the monotonic clock, when the request came in
   */
  beginUnauthenticated(exchange: Exchange, begun: number): AuditRecord | undefined;
  /** Writes what is waiting, for so many milliseconds at most; nothing can be written any more. */
  close(graceMs: number): Promise<void>;
}

export interface AuditRecord extends AuditTrail {
  /** The server's code failed, not what it was asked to do: the request ends with the stage Panic. */
  panicked(status: Status): void;
  /** The last of it. @param code of the answer; undefined where there was none: the client was gone */
  complete(code: number | undefined): void;
}

/** Where lines go. */
export interface AuditSink {
  /** Does not wait. @param line with its newline; @returns false where there was no room for it */
  write(line: string): boolean;
  close(graceMs: number): Promise<void>;
}

/** Of a request, what `user` says in an event. */
export interface EventUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ObjectReference {
  resource: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion: string;
  resourceVersion?: string;
  subresource?: string;
}

/**
 * An event that is built where it is written: what a request brought may be of a kind that building it fails. What it
 * is then built from is of the server's own making.
 */
export interface EventSource {
  readonly auditID: string;
  full(): Event;
  /** At level Metadata, without anything that the request's bodies have gone into. */
  bare(): Event;
}

/** What stays the same through all stages of a request. */
export interface EventHead {
  readonly level: Level;
  readonly auditID: string;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: EventUser;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectReference;
}

export interface Event extends EventHead {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly stage: Stage;
  readonly responseStatus?: Partial<Omit<Status, 'kind' | 'apiVersion'>>;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  /** RFC 3339 in UTC with microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes of an answer that are looked at: reading a list of thousands would hold up all other requests. */
export const maxAuditedBytes = 1 << 20;
