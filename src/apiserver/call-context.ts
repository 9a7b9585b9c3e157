/** Who calls a resource, and with which options: the same for HTTP and in-process callers. */
import type { UserInfo } from '../meta/user.ts';
import type { Condition, ConflictError } from '../storage/contract.ts';
import type { Turns } from '../runtime/turns.ts';
import type { AuditTrail } from './exchange.ts';

/** What must hold for the writes of a leader. It goes into each commit, so that no clock decides about it. */
export interface Fence {
  readonly condition: Condition;
  /** Called when it does not hold any more. Returns the error that the write fails with. */
  broken(cause: ConflictError): Error;
}

/** Who acts, and under which request; the same for HTTP and in-process callers. */
export interface CallContext {
  readonly user: UserInfo;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** The turns of the event loop, for objects that take long to work on. Absent: nobody else is there to be held up. */
  readonly turns?: Turns;
  /** Adds a `Warning: 299` header to the answer. */
  readonly warn: (message: string) => void;
  /** The field manager of writes without the option fieldManager: the first word of the User-Agent. Absent: ''. */
  readonly manager?: string;
  /** The call is on behalf of a leader, and writes only as long as this holds. */
  readonly fence?: Fence;
  /** Where the request is audited. */
  readonly audit?: AuditTrail | undefined;
  /** Called after each admission webhook call that the request waited for, with its duration in milliseconds. */
  webhookTook?(type: 'mutating' | 'validating', milliseconds: number): void;
}

/** Options that every write has. Source: CreateOptions in k8s.io/apimachinery/pkg/apis/meta/v1 */
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}
