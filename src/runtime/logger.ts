/** Structured logs: an object of fields, then the message. */
import process from 'node:process';
import { pino } from 'pino';
import { logText } from './log-text.ts';

/** Writes one line per call. `child` adds its fields to every line; an error goes under the field `error`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** The least important level that is written; `silent` writes nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** text is for people, a line without stacks for each message; json is for programs, with everything. */
export type LogFormat = 'text' | 'json';

interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** How much is kept while standard error takes nothing; lines beyond it are dropped. */
const bufferBytes = 1 << 20;

/** Lines on standard error; text is coloured where that is a terminal (not with NO_COLOR). An error goes under the field `error`. */
export function createLogger({ level, format }: LogOptions): Logger {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: bufferBytes });
  // The server goes on when its log cannot be written, for example on a full disk.
  destination.on('error', () => undefined);
  const colour = process.stderr.isTTY && !process.env['NO_COLOR'];
  const text = { write: (line: string) => destination.write(logText(line, colour)) };
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err }, timestamp: pino.stdTimeFunctions.isoTime },
    format === 'json' ? destination : text,
  );
}

/** Tells what others call news only to developers: for a terminal that shows something else. */
export function quieter(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.debug(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => quieter(logger.child(fields)),
  };
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
