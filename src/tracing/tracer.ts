/** The tracer on OpenTelemetry's SDK. Which span is running follows the program's asynchronous calls. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as SdkSpan,
  type Tracer as SdkTracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { failureKind, type RemoteCaller, type Span, type Tracer } from '../runtime/tracing.ts';

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;

/** Also after the end of the span that is running. */
function isRecorded(context: Context): boolean {
  const flags = trace.getSpanContext(context)?.traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** A tracer whose spans go where those of the SDK's tracer go. */
export function createTracer(sdk: SdkTracer): Tracer {
  const running = new AsyncLocalStorage<Context>();
  const propagator = new W3CTraceContextPropagator();

  /** @param endTime absent: now */
  function opened(span: SdkSpan, context: Context, endTime: () => number | undefined = () => undefined): Span {
    const inside = trace.setSpan(context, span);
    return {
      run: (work) => running.run(inside, work),
      set: (attributes) => void span.setAttributes(attributes),
      end(failure) {
        if (failure !== undefined) {
          span.setAttribute('error.type', failure);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end(endTime());
      },
    };
  }

  function begun(context: Context, caller: RemoteCaller | undefined) {
    const remote = caller === undefined ? context : propagator.extract(context, caller.headers, defaultTextMapGetter);
    if (caller?.isTrusted === true) return { context: remote, links: [] };
    const linked = trace.getSpanContext(remote);
    return { context, links: linked !== undefined && isSpanContextValid(linked) ? [{ context: linked }] : [] };
  }

  return {
    root(name, { kind, attributes, sinceMs = 0, caller }) {
      const { context, links } = begun(ROOT_CONTEXT, caller);
      const startTime = Date.now() - sinceMs;
      const began = performance.now() - sinceMs;
      const span = sdk.startSpan(name, { kind: kinds[kind], attributes, links, startTime }, context);
      // The SDK would take the end of such a span from the clock of the system, in whole milliseconds.
      return opened(span, context, () => startTime + performance.now() - began);
    },
    async within(name, attributes, work, kind) {
      const context = running.getStore();
      if (context === undefined || !isRecorded(context)) return work();
      const options = { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes };
      const span = opened(sdk.startSpan(name, options, context), context);
      try {
        const result = await span.run(work);
        span.end();
        return result;
      } catch (error) {
        span.end(failureKind(error));
        throw error;
      }
    },
    headers() {
      const headers: Record<string, string> = {};
      const context = running.getStore();
      if (context !== undefined) propagator.inject(context, headers, defaultTextMapSetter);
      return headers;
    },
    keep() {
      const context = running.getStore();
      return (work) => (context === undefined ? work() : running.run(context, work));
    },
  };
}
