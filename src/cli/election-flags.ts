/** The flags of leader election, with the names that Kubernetes' own controllers have. Source: k8s.io/component-base/config/options */
import type { Command } from 'commander';
import { durationMs } from '../meta/go-duration.ts';
import { ConfigurationError } from '../server/configuration-error.ts';
import { duration } from './durations.ts';
import { name, trueOrFalse } from './names.ts';
import type { StorageFlags } from './storage-options.ts';

/** What the flags say. */
export interface ElectionFlags extends Pick<StorageFlags, 'storage'> {
  /** Absent: if replicas share the storage. */
  readonly leaderElect?: boolean;
  readonly leaderElectLeaseDuration: string;
  readonly leaderElectRenewDeadline: string;
  readonly leaderElectRetryPeriod: string;
  readonly leaderElectResourceName: string;
  readonly leaderElectResourceNamespace?: string;
}

/** The flags that need --leader-elect, by their options. */
const dependent = {
  leaderElectLeaseDuration: 'lease-duration',
  leaderElectRenewDeadline: 'renew-deadline',
  leaderElectRetryPeriod: 'retry-period',
  leaderElectResourceName: 'resource-name',
  leaderElectResourceNamespace: 'resource-namespace',
} as const;

/** Adds them to `serve`. */
export function addElectionOptions(command: Command): void {
  command
    .option(
      '--leader-elect [boolean]',
      'elect which of several replicas runs the controller; by default if their data are in etcd',
      trueOrFalse,
    )
    .option('--leader-elect-lease-duration <time>', 'how long others wait for a leader that is silent', duration, '15s')
    .option('--leader-elect-renew-deadline <time>', 'how long a leader goes on that cannot renew', duration, '10s')
    .option('--leader-elect-retry-period <time>', 'time between attempts to lead, and to renew', duration, '2s')
    .option('--leader-elect-resource-name <name>', 'Lease that the replicas compete for', name, 'kubedirector')
    .option('--leader-elect-resource-namespace <name>', 'namespace of the Lease; by default that of the server', name);
}

/** @param isGiven whether somebody named the flag; takes the name of its option. @throws ConfigurationError */
export function checkElection(flags: ElectionFlags, isGiven: (option: keyof typeof dependent) => boolean): void {
  if (isElected(flags)) {
    const { leaseDurationMs } = timingsOf(flags);
    if (leaseDurationMs % 1000 === 0) return;
    throw new ConfigurationError('--leader-elect-lease-duration: a Lease counts in whole seconds');
  }
  for (const [option, flag] of Object.entries(dependent)) {
    if (!isGiven(option as keyof typeof dependent)) continue;
    throw new ConfigurationError(`--leader-elect-${flag} is of no use without --leader-elect: nothing is elected`);
  }
}

const isElected = ({ leaderElect, storage }: ElectionFlags): boolean => leaderElect ?? storage === 'etcd';

function timingsOf(flags: ElectionFlags) {
  return {
    leaseDurationMs: durationMs(flags.leaderElectLeaseDuration) ?? 0,
    renewDeadlineMs: durationMs(flags.leaderElectRenewDeadline) ?? 0,
    retryPeriodMs: durationMs(flags.leaderElectRetryPeriod) ?? 0,
  };
}

/** The part of the server's options that is about the election; empty without one. */
export function electionOf(flags: ElectionFlags, systemNamespace: string) {
  if (!isElected(flags)) return {};
  const { leaderElectResourceName: name, leaderElectResourceNamespace: namespace = systemNamespace } = flags;
  return { election: { target: { namespace, name }, timings: timingsOf(flags) } };
}
