/** Sends spans to a collector: OTLP over gRPC, as kube-apiserver does. */
import { credentials } from '@grpc/grpc-js';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../runtime/logger.ts';

/**
 * An exporter to the endpoint. What goes wrong is logged when it begins and when it is over: a collector that is away must
 * not fill the log.
 * @param endpoint as gRPC names it ("host:port", "dns:///host:port", "unix:///path"), without TLS; undefined: as the
 *   environment says (OTEL_EXPORTER_OTLP_ENDPOINT …), by default localhost:4317 without TLS
 * @throws Error for an endpoint that is none
 */
export function createExporter(endpoint: string | undefined, logger: Logger): SpanExporter {
  const place = endpoint === undefined ? {} : { url: addressOf(endpoint), credentials: credentials.createInsecure() };
  const exporter = new OTLPTraceExporter(place);
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS;
        if (hasFailed && !isFailing) {
          logger.warn({ error: result.error }, 'traces cannot be sent; until they can, they are lost');
        }
        if (!hasFailed && isFailing) logger.info({}, 'traces are sent again');
        isFailing = hasFailed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** In the notation of the library. */
function addressOf(endpoint: string): string {
  if (endpoint.startsWith('unix:')) return endpoint.replace(/^unix:(\/\/)?/, 'unix://');
  return `http://${endpoint.replace(/^dns:(\/\/[^/]*\/)?/, '')}`;
}
