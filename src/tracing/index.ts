/** Traces by OpenTelemetry. This room is loaded only where they are wanted. */
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { withTimeLimit } from '../runtime/time-limit.ts';
import type { Tracer } from '../runtime/tracing.ts';
import { createExporter } from './exporter.ts';
import { createTracer } from './tracer.ts';

interface TracingOptions {
  /** Of the collector, see createExporter; absent: as the environment says. */
  readonly endpoint?: string;
  /** Of a million spans that no other program asks for. Absent or 0: only what a trusted caller records is recorded. */
  readonly samplingRatePerMillion?: number;
  /** Who sends the spans. */
  readonly service: { readonly name: string; readonly version: string; readonly instance: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Records spans and sends them in the background. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for at most so many milliseconds. Never rejects. */
  close(limitMs: number): Promise<void>;
}

const perMillion = 1_000_000;

/**
 * At most 2,048 spans wait to be sent; more are lost. Nothing is sent before there are spans.
 * @throws Error for an endpoint that is none
 */
export function openTracing(options: TracingOptions): Tracing {
  const { endpoint, samplingRatePerMillion = 0, service, clock, logger } = options;
  const root =
    samplingRatePerMillion === 0
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(samplingRatePerMillion / perMillion);
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new BatchSpanProcessor({ exporter: createExporter(endpoint, logger) })],
    resource: resourceFromAttributes({
      'service.name': service.name,
      'service.version': service.version,
      'service.instance.id': service.instance,
    }),
  });
  return {
    tracer: createTracer(provider.getTracer(service.name, service.version)),
    async close(limitMs) {
      const late = (): Error => new Error(`the collector has not answered within ${limitMs / 1000} s`);
      await withTimeLimit(provider.shutdown(), { clock, milliseconds: limitMs, late }).catch((error: unknown) => {
        logger.warn({ error }, 'the last traces could not be sent');
      });
    },
  };
}
