/** What guest work is given besides its plan. */
import type { Clock } from '../../runtime/clock.ts';

/** Milliseconds. */
export interface GuestTimings {
  readonly firstPollMs: number;
  readonly maxPollMs: number;
  /** How long a command is tried again that a member's startscript refuses, and how long one run of it may take. */
  readonly notifyTimeoutMs: number;
  /** A run for a notification that takes longer holds nobody up any more. */
  readonly notifyPatienceMs: number;
  /** How long `startscript --configure` may run. */
  readonly configureLimitMs: number;
  /** Of roles that say nothing else: from one `startscript --healthcheck` to the next, and how long one may run. */
  readonly healthPeriodMs: number;
  readonly healthLimitMs: number;
  /** So long checks of a new member may fail, and it is only not ready yet. */
  readonly healthStartMs: number;
}

/** Used where the controller's options name no others. */
export const defaultTimings: GuestTimings = {
  ...{ firstPollMs: 300, maxPollMs: 15_000 },
  ...{ notifyTimeoutMs: 10 * 60_000, notifyPatienceMs: 5 * 60_000, configureLimitMs: 4 * 3_600_000 },
  ...{ healthPeriodMs: 30_000, healthLimitMs: 10_000, healthStartMs: 60_000 },
};

/** From here on users are told what a member is busy with. */
export const longMs = 10_000;

/** What `timeout` exits with when the time was over: the command ended when it was told to, or had to be killed. */
export const isTimeout = (exitCode: number): boolean => exitCode === 124 || exitCode === 137;

/** By the minute: each change of what is said is a change of status. */
export const forMinutes = (milliseconds: number): string =>
  milliseconds < 60_000 ? '' : ` for ${Math.floor(milliseconds / 60_000)} min`;

/** What guest work is given besides its plan. */
export interface TaskContext {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly timings: GuestTimings;
  /** The member's configmeta.json as of the plan. */
  readonly document: string;
  /** The configcli package that this server was given. */
  readonly guestTools: Uint8Array | undefined;
}
