/**
 * What a Lease says about an election, in the form that client-go gives it. Source: client-go
 * tools/leaderelection/resourcelock (LeaderElectionRecordToLeaseSpec)
 */
import type { Lease } from '../../../apis/kubernetes/types.ts';

/** The part of a Lease that electors write. */
export interface ElectionRecord {
  /** '' where nobody leads. */
  readonly holder: string;
  /** Milliseconds, of whole seconds. */
  readonly durationMs: number;
  /** As in the Lease. Only for people: no decision depends on the clocks of others. */
  readonly acquireTime: string | undefined;
  readonly transitions: number;
}

/** RFC 3339 with microseconds, as metav1.MicroTime prints it. */
function microTime(date: Date): string {
  return `${date.toISOString().slice(0, -1)}000Z`;
}

/** Absent fields are zero, as in Go. */
export function readRecord({ spec = {} }: Pick<Lease, 'spec'>): ElectionRecord {
  return {
    holder: spec.holderIdentity ?? '',
    durationMs: (spec.leaseDurationSeconds ?? 0) * 1000,
    acquireTime: spec.acquireTime,
    transitions: spec.leaseTransitions ?? 0,
  };
}

/** The whole spec: as in client-go, nothing of an earlier one is kept. @param now of this process, for people */
export function formatRecord(record: ElectionRecord, now: Date): NonNullable<Lease['spec']> {
  const { holder, durationMs, acquireTime, transitions } = record;
  const renewTime = microTime(now);
  return {
    holderIdentity: holder,
    leaseDurationSeconds: durationMs / 1000,
    acquireTime: acquireTime ?? renewTime,
    renewTime,
    leaseTransitions: transitions,
  };
}
