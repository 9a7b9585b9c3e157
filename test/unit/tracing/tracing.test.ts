import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/runtime/logger.ts';
import type { Tracer } from '../../../src/runtime/tracing.ts';
import type { Tracing } from '../../../src/tracing/index.ts';
import { Collector, tracingTo } from '../../support/collector.ts';

let collector: Collector;
let tracing: Tracing;
beforeEach(async () => {
  collector = await Collector.start();
  tracing = tracingTo(collector.endpoint);
});
afterEach(async () => {
  await tracing.close(1000);
  collector.stop();
});

const sent = (): Promise<void> => tracing.close(10_000);
const inRoot = async <T>(tracer: Tracer, work: () => Promise<T>): Promise<T> => {
  const span = tracer.root('root', { kind: 'internal', attributes: {} });
  try {
    return await span.run(work);
  } finally {
    span.end();
  }
};
const traceparent = (sampled: '00' | '01') => `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${sampled}`;
const called = (isTrusted: boolean, sampled: '00' | '01' = '01') => ({
  ...{ kind: 'server' as const, attributes: {} },
  caller: { headers: { traceparent: traceparent(sampled) }, isTrusted },
});

/** A logger that keeps what is said. */
function recording(lines: string[]): Logger {
  const say = (_fields: object, message: string): void => void lines.push(message);
  const logger = { debug: say, info: say, warn: say, error: say, child: () => logger } as unknown as Logger;
  return logger;
}

describe('the tracer', () => {
  it('sends spans with their parts, also of work that goes on elsewhere, and says who sends them', async () => {
    const { tracer } = tracing;
    let later = (work: () => Promise<void>): Promise<void> => work();
    await inRoot(tracer, async () => {
      await tracer.within('outer', { a: 'x', n: 7 }, () =>
        tracer.within('inner', {}, () => Promise.resolve(), 'client'),
      );
      later = tracer.keep();
    });
    await later(() => tracer.within('later', {}, () => Promise.resolve()));
    await sent();
    const [root] = collector.named('root');
    const [outer] = collector.named('outer');
    const [inner] = collector.named('inner');
    expect(root).toMatchObject({ parentSpanId: '', kind: 'internal', hasFailed: false });
    expect(root?.resource).toEqual({ 'service.name': 'test', 'service.version': '0', 'service.instance.id': 'here' });
    expect(outer).toMatchObject({ parentSpanId: root?.spanId, attributes: { a: 'x', n: 7 } });
    expect(inner).toMatchObject({ parentSpanId: outer?.spanId, traceId: root?.traceId, kind: 'client' });
    expect(collector.named('later')).toMatchObject([{ parentSpanId: root?.spanId }]);
  });

  it('begins nothing outside of spans, and tells nobody of them', async () => {
    const { tracer } = tracing;
    expect(await tracer.within('alone', {}, () => Promise.resolve(tracer.headers()))).toEqual({});
    await sent();
    expect(collector.spans).toEqual([]);
  });

  it('tells an error by its class only, and throws it', async () => {
    const { tracer } = tracing;
    const error = new TypeError('the password is 1234');
    await expect(inRoot(tracer, () => tracer.within('part', {}, () => Promise.reject(error)))).rejects.toBe(error);
    await sent();
    expect(collector.named('part')).toMatchObject([{ hasFailed: true, attributes: { 'error.type': 'TypeError' } }]);
    expect(Buffer.concat(collector.received).includes('1234')).toBe(false);
  });

  it('continues the trace of a caller who is trusted, and tells whom it calls', async () => {
    const { tracer } = tracing;
    const span = tracer.root('called', called(true));
    const headers = span.run(() => tracer.headers());
    span.end();
    await sent();
    expect(collector.spans).toMatchObject([{ traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), kind: 'server' }]);
    expect(headers).toEqual({ traceparent: `00-${'a'.repeat(32)}-${collector.spans[0]?.spanId ?? ''}-01` });
  });

  it('only refers to the trace of another caller', async () => {
    const span = tracing.tracer.root('called', called(false));
    span.end();
    await sent();
    expect(collector.spans).toMatchObject([
      { parentSpanId: '', links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }] },
    ]);
    expect(collector.spans[0]?.traceId).not.toBe('a'.repeat(32));
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`])(
    'takes %j for no trace',
    async (header) => {
      const caller = { headers: { traceparent: header }, isTrusted: true };
      tracing.tracer.root('called', { kind: 'server', attributes: {}, caller }).end();
      await sent();
      expect(collector.spans).toMatchObject([{ parentSpanId: '', links: [] }]);
    },
  );

  it('leaves it to a trusted caller what is recorded, and records nothing else without a rate', async () => {
    const quiet = tracingTo(collector.endpoint, { samplingRatePerMillion: 0 });
    const { tracer } = quiet;
    for (const [isTrusted, sampled] of [
      [true, '01'],
      [true, '00'],
      [false, '01'],
    ] as const) {
      const span = tracer.root(`${isTrusted} ${sampled}`, called(isTrusted, sampled));
      await span.run(() => tracer.within('part', {}, () => Promise.resolve()));
      span.end();
    }
    // Whom it calls is told that this is not recorded.
    const silent = tracer.root('by itself', { kind: 'internal', attributes: {} });
    expect(silent.run(() => tracer.headers()).traceparent).toMatch(/-00$/);
    silent.end();
    await quiet.close(10_000);
    expect(collector.spans.map(({ name }) => name)).toEqual(['part', 'true 01']);
  });
});

describe('the exporter', () => {
  it('reaches a collector on a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kubedirector-tracing-'));
    const endpoint = `unix://${join(directory, 'otlp')}`;
    const local = await Collector.start(endpoint);
    const toSocket = tracingTo(endpoint);
    await inRoot(toSocket.tracer, () => Promise.resolve());
    await toSocket.close(10_000);
    expect(local.spans).toHaveLength(1);
    local.stop();
    rmSync(directory, { recursive: true });
  });

  it('says once that the collector refuses what it is sent, and does not fail', async () => {
    const lines: string[] = [];
    collector.mood = 'refuses';
    const refused = tracingTo(collector.endpoint, { logger: recording(lines) });
    // More than one batch of 512.
    for (let index = 0; index < 1_500; index++) await inRoot(refused.tracer, () => Promise.resolve());
    await refused.close(10_000);
    expect(lines.filter((line) => line.startsWith('traces cannot be sent'))).toHaveLength(1);
    expect(collector.spans).toEqual([]);
  });

  it('is not waited for longer than it may take at the end', async () => {
    const lines: string[] = [];
    collector.mood = 'hangs';
    const waiting = tracingTo(collector.endpoint, { logger: recording(lines) });
    await inRoot(waiting.tracer, () => Promise.resolve());
    await waiting.close(20);
    expect(lines).toEqual(['the last traces could not be sent']);
  });

  it('refuses an endpoint that is none', () => {
    expect(() => tracingTo('host:no-port')).toThrow();
  });
});
