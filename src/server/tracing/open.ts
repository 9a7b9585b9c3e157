/** Tracing, where the flags ask for it. */
import { hostname } from 'node:os';
import { systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Tracing } from '../../tracing/index.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { version } from '../version.ts';

/**
 * Undefined where no file is named; OpenTelemetry is not even loaded then.
 * @param options.tracingFile a TracingConfiguration
 * @throws ConfigurationError for a file that cannot be used
 */
export async function tracingOf(options: {
  readonly tracingFile?: string;
  readonly logger: Logger;
}): Promise<Tracing | undefined> {
  const { tracingFile: file, logger } = options;
  if (file === undefined) return undefined;
  const { readTracingConfiguration } = await import('./configuration-file.ts');
  const { endpoint, samplingRatePerMillion } = await readTracingConfiguration(file);
  const { openTracing } = await import('../../tracing/index.ts');
  try {
    return openTracing({
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(samplingRatePerMillion === undefined ? {} : { samplingRatePerMillion }),
      service: { name: 'kubedirector', version, instance: hostname() },
      ...{ clock: systemClock, logger },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`--tracing-config-file: ${file}: endpoint: ${why}`, { cause });
  }
}
