/** What guest work is given besides its plan. */

/** Milliseconds. */
export interface GuestTimings {
  readonly firstPollMs: number;
  readonly maxPollMs: number;
  /** How long one run of a startscript for a notification may take. */
  readonly notifyLimitMs: number;
}

export const defaultTimings: GuestTimings = { firstPollMs: 300, maxPollMs: 15_000, notifyLimitMs: 30 * 60_000 };

export interface TaskContext {
  readonly timings: GuestTimings;
  /** The member's configmeta.json as of the plan. */
  readonly document: string;
  /** The configcli package that this server was given. */
  readonly guestTools: Uint8Array | undefined;
}
