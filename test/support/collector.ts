/** A collector of traces: OTLP over gRPC, which keeps the spans that it was sent. */
import { Server, ServerCredentials, status as codes, type handleUnaryCall } from '@grpc/grpc-js';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import { field, list, Message, type Decoded } from '../../src/storage/protobuf/message.ts';
import { openTracing, type Tracing } from '../../src/tracing/index.ts';

/** Source: opentelemetry-proto, opentelemetry/proto/trace/v1/trace.proto; what tests look at */
const anyValue = new Message({ text: field(1, 'string'), flag: field(2, 'bool'), number: field(3, 'int64') });
const keyValue = new Message({ key: field(1, 'string'), value: field(2, anyValue) });
const link = new Message({ traceId: field(1, 'bytes'), spanId: field(2, 'bytes') });
const spanMessage = new Message({
  traceId: field(1, 'bytes'),
  spanId: field(2, 'bytes'),
  parentSpanId: field(4, 'bytes'),
  name: field(5, 'string'),
  kind: field(6, 'int64'),
  attributes: list(9, keyValue),
  links: list(13, link),
  status: field(15, new Message({ message: field(2, 'string'), code: field(3, 'int64') })),
});
const resourceSpans = new Message({
  resource: field(1, new Message({ attributes: list(1, keyValue) })),
  scopeSpans: list(2, new Message({ spans: list(2, spanMessage) })),
});
const request = new Message({ resourceSpans: list(1, resourceSpans) });

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the first of a trace. */
  readonly parentSpanId: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly hasFailed: boolean;
  /** Who sent it. */
  readonly resource: Attributes;
}

const kinds = ['other', 'internal', 'server', 'client'] as const;
const failed = 2;

export class Collector {
  readonly spans: CollectedSpan[] = [];
  /** What it does with what it is sent. */
  mood: 'takes' | 'refuses' | 'hangs' = 'takes';
  /** Bytes of all that it was sent. */
  readonly received: Buffer[] = [];
  readonly #server = new Server();
  #port = 0;

  /** @param address "unix:///path"; absent: a free port */
  static async start(address = '127.0.0.1:0'): Promise<Collector> {
    const collector = new Collector();
    await collector.#listen(address);
    return collector;
  }

  /** "127.0.0.1:port". */
  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Those of the name, in the order in which they ended. */
  named(name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Those that are parts of the span. */
  partsOf({ spanId }: CollectedSpan): CollectedSpan[] {
    return this.spans.filter((span) => span.parentSpanId === spanId);
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  async #listen(address: string): Promise<void> {
    const asIs = (bytes: Buffer): Buffer => bytes;
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    const take: handleUnaryCall<Buffer, Buffer> = ({ request: bytes }, answer) => {
      if (this.mood === 'hangs') return;
      if (this.mood === 'takes') this.#take(bytes);
      const refusal = { code: codes.INTERNAL, details: 'the collector is full' };
      answer(this.mood === 'takes' ? null : refusal, Buffer.alloc(0));
    };
    this.#server.register(path, take, asIs, asIs, 'unary');
    this.#port = await new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  #take(bytes: Buffer): void {
    this.received.push(bytes);
    for (const { resource, scopeSpans } of request.decode(bytes).resourceSpans) {
      const sender = attributesOf(resource?.attributes ?? []);
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => collected(span, sender)));
    }
  }
}

function collected(span: Decoded<typeof spanMessage>, resource: Attributes): CollectedSpan {
  return {
    name: span.name,
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId.toString('hex'),
    kind: kinds[span.kind] ?? 'other',
    attributes: attributesOf(span.attributes),
    links: span.links.map((one) => ({ traceId: one.traceId.toString('hex'), spanId: one.spanId.toString('hex') })),
    hasFailed: span.status?.code === failed,
    resource,
  };
}

function attributesOf(pairs: readonly Decoded<typeof keyValue>[]): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value?.text || value?.number || value?.flag || ''] as const),
  );
}

/** Traces everything, unless told otherwise, and sends it there. */
export function tracingTo(
  endpoint: string,
  options: { readonly samplingRatePerMillion?: number; readonly logger?: Logger } = {},
): Tracing {
  const service = { name: 'test', version: '0', instance: 'here' };
  return openTracing({
    ...{ endpoint, samplingRatePerMillion: 1_000_000, service, clock: systemClock, logger: silentLogger },
    ...options,
  });
}
