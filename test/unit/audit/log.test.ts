import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog, Level } from '../../../src/apiserver/audit/contract.ts';
import { createAuditLog, parseAuditPolicy } from '../../../src/apiserver/audit/index.ts';
import type { Exchange } from '../../../src/apiserver/exchange.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { badRequest } from '../../../src/meta/status.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';

const path = '/apis/demo.example/v1/namespaces/default/widgets';
let lines: string[];
let metrics: Metrics;
let log: AuditLog;

function open(level: Level): void {
  lines = [];
  metrics = createMetrics();
  const policy = `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: ${level}}]\n`;
  log = createAuditLog({
    ...{ clock: systemClock, metrics, logger: silentLogger, secretFields: ['color'] },
    policy: parseAuditPolicy(policy, () => undefined),
    sink: { write: (line) => lines.push(line) > 0, close: () => Promise.resolve() },
  });
}
beforeEach(() => open('RequestResponse'));

function exchange(request: object = { headers: {}, url: path }): Exchange {
  return {
    ...{ request, requestId: 'one', remoteAddress: '10.1.2.3' },
    info: parseRequestInfo('POST', path),
    user: { name: 'jane', groups: [] },
  } as unknown as Exchange;
}

const begin = (of = exchange()) => log.begin(of, { startedAt: systemClock.monotonic(), longRunning: false })!;
const written = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const counted = async (name: string): Promise<string | undefined> =>
  new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(await metrics.text())?.[1];

const throwing = (): never => {
  throw new TypeError('cannot be read: ultraviolet');
};
const unreadable = (): KubeObject => ({
  ...{ apiVersion: 'demo.example/v1', kind: 'Widget', metadata: { name: 'a' } },
  get spec() {
    return throwing();
  },
});
const unwritable = { kind: 'Widget', metadata: { name: 'a' }, spec: { toJSON: throwing } } as unknown as KubeObject;

describe('an event that cannot be written in full', () => {
  it.each(['Metadata', 'RequestResponse'] as const)(
    'is written without bodies or messages, at level %s',
    async (level) => {
      open(level);
      const record = begin();
      record.requestObject(unreadable());
      record.responseStatus(badRequest('what about ultraviolet?').status);
      record.complete(400);
      expect(written()[1]).toMatchObject({
        ...{ level: 'Metadata', stage: 'ResponseComplete', user: { username: 'jane' }, sourceIPs: ['10.1.2.3'] },
        responseStatus: { metadata: {}, status: 'Failure', reason: 'BadRequest', code: 400 },
      });
      expect(lines.join('')).not.toContain('ultraviolet');
      expect(await counted('apiserver_audit_event_total')).toBe('2');
      expect(await counted('apiserver_audit_error_total')).toBe('1');
    },
  );

  it('is written without its object if that cannot become JSON', async () => {
    const record = begin();
    record.requestObject(unwritable);
    record.complete(201);
    expect(written()[1]).toMatchObject({ level: 'Metadata', responseStatus: { metadata: {}, code: 201 } });
    expect(written()[1]).not.toHaveProperty('requestObject');
    expect(await counted('apiserver_audit_error_total')).toBe('1');
  });

  it('has only what is known of every request if the request cannot be read', async () => {
    const record = begin(
      exchange({
        get headers() {
          return throwing();
        },
      }),
    );
    record.complete(200);
    expect(written()).toMatchObject([
      { level: 'Metadata', stage: 'RequestReceived', requestURI: path, verb: 'create', user: { username: 'jane' } },
      { level: 'Metadata', stage: 'ResponseComplete', responseStatus: { code: 200 } },
    ]);
    expect(await counted('apiserver_audit_error_total')).toBe('1');
  });
});

it('a panic after the answer has begun is the server’s failure, whatever the answer began with', () => {
  const record = begin();
  record.started(200);
  record.panicked({ ...badRequest('').status, reason: 'InternalError', message: 'Internal error occurred', code: 500 });
  record.complete(200);
  expect(written()[1]).toMatchObject({ stage: 'Panic', responseStatus: { reason: 'InternalError', code: 500 } });
});
