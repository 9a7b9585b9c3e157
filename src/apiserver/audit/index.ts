import { readFile } from 'node:fs/promises';
import { openLineFile } from '../../runtime/line-file.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AuditLog } from './contract.ts';
import { createAuditLog, type AuditLogOptions } from './log.ts';
import type { AuditPolicy } from './policy.ts';
import { AuditPolicyError, parseAuditPolicy } from './policy-file.ts';

export type { AuditLog, AuditSink } from './contract.ts';
export { createAuditLog } from './log.ts';
export { parseAuditPolicy } from './policy-file.ts';
export type { AuditPolicy } from './policy.ts';

interface AuditFileOptions extends Omit<AuditLogOptions, 'sink'> {
  /** '-' is standard output. */
  readonly logPath: string;
  /** The size in MiB at which a file is rotated. */
  readonly maxSizeMiB: number;
  /** How many rotated files are kept; 0 means all. */
  readonly maxBackups: number;
}

/**
 * Opens a log that writes to a file, which is created if it is missing. The caller closes it after the server has
 * stopped.
 * @throws Error such as EACCES
 */
export async function openAuditLog(options: AuditFileOptions): Promise<AuditLog> {
  const { logPath, maxSizeMiB, maxBackups, clock, logger } = options;
  const maxBytes = maxSizeMiB * 2 ** 20;
  const sink = await openLineFile({ path: logPath, maxBytes, maxBackups, clock, logger });
  return createAuditLog({ ...options, sink });
}

/** Reads a policy file. @throws AuditPolicyError if it cannot be read or is invalid */
export async function readAuditPolicy(policyFile: string, logger: Logger): Promise<AuditPolicy> {
  return parseAuditPolicy(await textOf(policyFile), (message) => logger.warn({ policyFile }, message));
}

async function textOf(policyFile: string): Promise<string> {
  try {
    return await readFile(policyFile, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AuditPolicyError(`the audit policy cannot be read: ${why}`, { cause });
  }
}
