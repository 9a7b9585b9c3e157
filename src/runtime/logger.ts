/** Structured logs: an object of fields, then the message. */
import { pino } from 'pino';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What is kept for a standard error that takes nothing at the moment; more is dropped. */
const bufferBytes = 1 << 20;

/** JSON lines on standard error. An error goes under the field `error`. */
export function createLogger(level: LogLevel): Logger {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: bufferBytes });
  // A log on a full disk is no reason to stop serving.
  destination.on('error', () => undefined);
  const root = pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return root;
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
