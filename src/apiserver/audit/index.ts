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
  /** MiB after which a file is put aside. */
  readonly maxSizeMiB: number;
  /** How many files are kept that were put aside; 0: all. */
  readonly maxBackups: number;
}

/**
 * To a file, which is made where there is none; the caller closes it once nothing is served any more.
 * @throws Error (EACCES …)
 */
export async function openAuditLog(options: AuditFileOptions): Promise<AuditLog> {
  const { logPath, maxSizeMiB, maxBackups, clock, logger } = options;
  const maxBytes = maxSizeMiB * 2 ** 20;
  const sink = await openLineFile({ path: logPath, maxBytes, maxBackups, clock, logger });
  return createAuditLog({ ...options, sink });
}

/** @throws AuditPolicyError where it cannot be read, or is none */
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
