/**
 * Traces of what the program does: spans, each with a name, a duration and attributes. A span is told to whom is called, so
 * that the spans of several programs make one trace. Source: OpenTelemetry, https://www.w3.org/TR/trace-context/
 */

/** What is told of a span. Nothing secret: no bodies, no messages of errors, no queries with tokens. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that is being done. */
export interface Span {
  /** Whatever the work begins, also later, is part of this span. */
  run<T>(work: () => T): T;
  set(attributes: SpanAttributes): void;
  /** Once. @param failure the kind of what went wrong: a class of errors, a status code */
  end(failure?: string): void;
}

/** Who asks for what is being done, in a program of its own. */
export interface RemoteCaller {
  /** With `traceparent` and `tracestate`, in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether its trace is continued, and it decides whether this is recorded; else a new trace only refers to it. */
  readonly isTrusted: boolean;
}

interface RootOptions {
  readonly kind: 'server' | 'internal';
  readonly attributes: SpanAttributes;
  /** Milliseconds since it really began; absent: 0. */
  readonly sinceMs?: number;
  readonly caller?: RemoteCaller;
}

/** Begins spans. */
export interface Tracer {
  /** A span that is part of no other one in this process. */
  root(name: string, options: RootOptions): Span;
  /**
   * Does the work in a span of its own, if it is part of one that is recorded. The span ends when the promise settles;
   * an error is told by its class.
   * @param kind 'client': another program is called
   */
  within<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>, kind?: 'client'): Promise<T>;
  /** For a call to another program: tells it the span that is running. Empty outside of spans. */
  headers(): Readonly<Record<string, string>>;
  /** @returns a function that does work as a part of the span that is running now */
  keep(): <T>(work: () => T) => T;
}

const noHeaders = {};
const asItIs = <T>(work: () => T): T => work();
const noSpan: Span = { run: asItIs, set: () => undefined, end: () => undefined };

/** Records nothing. */
export const noTracer: Tracer = {
  root: () => noSpan,
  within: (_name, _attributes, work) => work(),
  headers: () => noHeaders,
  keep: () => asItIs,
};

/** How a failure is told in a span. */
export function failureKind(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
