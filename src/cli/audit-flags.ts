/** The flags of `kubedirector serve` for the audit log, with kube-apiserver's names. */
import type { Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import { integer } from './numbers.ts';

/** As commander gives them. */
export interface AuditFlags {
  readonly auditPolicyFile?: string;
  readonly auditLogPath: string;
  readonly auditLogMaxsize: number;
  readonly auditLogMaxbackup: number;
}

/** The flags that need --audit-policy-file, by their options. */
const dependent = { auditLogPath: 'path', auditLogMaxsize: 'maxsize', auditLogMaxbackup: 'maxbackup' } as const;

/** Adds them to the command. */
export function addAuditOptions(command: Command): void {
  command
    .option('--audit-policy-file <file>', 'audit policy (audit.k8s.io/v1); without one nothing is audited')
    .option('--audit-log-path <file>', 'where audit events go, a line each; - is standard output', '-')
    .option('--audit-log-maxsize <MiB>', 'size at which an audit log is put aside', integer('a size', 1, 1 << 20), 100)
    .option(
      '--audit-log-maxbackup <number>',
      'audit logs kept aside; 0 keeps all',
      integer('a number of logs', 0, 10_000),
      10,
    );
}

/**
 * The part of the server's options that is about the audit log; empty without one.
 * @param isGiven whether somebody named the flag; takes the name of its option
 * @throws ConfigurationError for flags that are of no use without a policy
 */
export function auditOf(
  { auditPolicyFile: policyFile, ...flags }: AuditFlags,
  isGiven: (option: keyof typeof dependent) => boolean,
) {
  if (policyFile !== undefined) {
    const { auditLogPath: logPath, auditLogMaxsize: maxSizeMiB, auditLogMaxbackup: maxBackups } = flags;
    return { audit: { policyFile, logPath, maxSizeMiB, maxBackups } };
  }
  for (const [option, flag] of Object.entries(dependent)) {
    if (!isGiven(option as keyof typeof dependent)) continue;
    throw new ConfigurationError(`--audit-log-${flag} is of no use without --audit-policy-file: nothing is audited`);
  }
  return {};
}
