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
import type { AuditTrail, Exchange } from '../exchange.ts';

/** How much is recorded; each level adds to the ones before it. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
/** An audit level. */
export type Level = (typeof levels)[number];

/** The stages of a request at which an event may be written. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
/** An audit stage. */
export type Stage = (typeof stages)[number];

/** The audit log of a server. Failures of auditing never fail a request: none of its functions throws. */
export interface AuditLog {
  /**
   * Begins the record of an authenticated request and writes RequestReceived. Neither this nor the AuditRecord ever
   * throws.
   * @returns undefined if the policy wants nothing recorded
   */
  begin(
    exchange: Exchange,
    about: { readonly startedAt: number; readonly longRunning: boolean },
  ): AuditRecord | undefined;
  /**
   * Begins the record of a request that failed authentication: one event when it is answered.
   * @param startedAt when the request came in, in milliseconds of the monotonic clock
   */
  beginUnauthenticated(exchange: Exchange, startedAt: number): AuditRecord | undefined;
  /** Writes what is waiting, for at most graceMs milliseconds; nothing can be written afterwards. */
  close(graceMs: number): Promise<void>;
}

/** The audit record of one request. */
export interface AuditRecord extends AuditTrail {
  /** A defect in the server ended the request: its last stage is Panic. */
  panicked(status: Status): void;
  /** The request has ended. @param code of the answer; undefined if the client left before it */
  complete(code: number | undefined): void;
}

/** Takes the lines of the log. */
export interface AuditSink {
  /** Does not wait. @param line with its newline; @returns false if there was no room for it */
  write(line: string): boolean;
  close(graceMs: number): Promise<void>;
}

/** The user of a request, as events show it. */
export interface EventUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The object that a request names. Source: ObjectReference in k8s.io/apiserver/pkg/apis/audit/v1 */
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
 * An event that is built when it is written. Building the full one may fail because of data in the request; the bare
 * one uses only the server's own data.
 */
export interface EventSource {
  readonly auditID: string;
  full(): Event;
  /** At level Metadata, without data from the request's bodies. */
  bare(): Event;
}

/** The fields that are the same in all stages of a request. */
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

/** An audit event. Source: Event in k8s.io/apiserver/pkg/apis/audit/v1 */
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

/** The most bytes of an answer that are recorded: reading a list of thousands would block other requests. */
export const maxAuditedBytes = 1 << 20;
