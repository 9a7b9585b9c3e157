import { Option } from 'commander';
import type { LogLevel } from '../runtime/logger.ts';

export function logLevelOption(fallback: LogLevel): Option {
  return new Option('--log-level <level>', 'how much to log, as JSON lines on standard error')
    .choices(['debug', 'info', 'warn', 'error', 'silent'])
    .default(fallback);
}
