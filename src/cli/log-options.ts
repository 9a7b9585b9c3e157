/** What is logged, and how: flags that every long-running command takes. */
import { Option, type Command } from 'commander';
import type { LogFormat, LogLevel } from '../runtime/logger.ts';

/** The values of --log-level and --log-format. */
export interface LogFlags {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** Adds --log-level and --log-format. */
export function addLogOptions(command: Command, defaultFormat: LogFormat): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'how much to log, on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'lines of text for people, or a JSON object a line for programs')
        .choices(['text', 'json'])
        .default(defaultFormat),
    );
}
