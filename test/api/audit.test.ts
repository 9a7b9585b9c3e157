import supertest from 'supertest';
import { afterEach, expect, it } from 'vitest';
import { createAuditLog, parseAuditPolicy, type AuditSink } from '../../src/apiserver/audit/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';
import { internalError, unauthorized } from '../../src/meta/status.ts';
import { Api, widget, widgetsPath, type ApiOptions } from '../support/api.ts';

interface LoggedEvent {
  level: string;
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  user: Record<string, unknown>;
  objectRef?: Record<string, unknown>;
  responseStatus?: { code?: number; message?: string; reason?: string; status?: string };
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
}

let api: Api;
let lines: string[] = [];
let metrics: Metrics;
afterEach(() => api.stop());

async function start(rules: string, options: ApiOptions & { sink?: AuditSink } = {}): Promise<void> {
  lines = [];
  metrics = createMetrics();
  const { sink = { write: (line: string) => lines.push(line) > 0, close: () => Promise.resolve() }, ...rest } = options;
  const policy = parseAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${rules}`, () => undefined);
  const parts = { clock: systemClock, metrics, logger: silentLogger };
  // In the schema of widgets, these fields are the secret ones.
  const audit = createAuditLog({ ...parts, policy, sink, secretFields: ['color', 'parts.text'] });
  api = await Api.started({ ...rest, audit });
}

const events = (): LoggedEvent[] => lines.map((line) => JSON.parse(line) as LoggedEvent);
const stages = (): string[] => events().map(({ stage }) => stage);
const last = (): LoggedEvent => events().at(-1)!;
const all = (level: string): string => `- {level: ${level}}`;

const secret = 'ultraviolet-4711';
const patch = (name: string, type: string, body: unknown) =>
  api
    .request('patch', `${widgetsPath}/${name}`)
    .set('content-type', `application/${type}+json`)
    .send(JSON.stringify(body));

it('logs who asked for what from where, and the outcome', async () => {
  await start(all('Metadata'));
  const answer = await api
    .request('post', `${widgetsPath}?fieldManager=test`)
    .set('user-agent', 'unit/1')
    .set('audit-id', 'given-id')
    .set('x-forwarded-for', '10.9.8.7')
    .send(widget('a', { spec: { color: secret } }))
    .expect(201);
  expect(answer.headers['audit-id']).toBe('given-id');
  expect(stages()).toEqual(['RequestReceived', 'ResponseComplete']);
  expect(last()).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: 'given-id',
    requestURI: `${widgetsPath}?fieldManager=test`,
    verb: 'create',
    user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    userAgent: 'unit/1',
    objectRef: { resource: 'widgets', namespace: 'default', name: 'a', apiGroup: 'demo.example', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
  expect((last() as unknown as { sourceIPs: string[] }).sourceIPs[0]).toBe('10.9.8.7');
  expect(last().requestObject).toBeUndefined();
  expect(last().requestReceivedTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(last().stageTimestamp >= last().requestReceivedTimestamp).toBe(true);
  expect(lines.join('')).not.toContain(secret);
});

it('writes objects if the policy asks for them, without their secret fields', async () => {
  await start(all('RequestResponse'));
  const given = widget('a', { spec: { color: secret, size: 1, parts: [{ id: 'x', text: secret }] } });
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(given) };
  await api
    .request('post', widgetsPath)
    .send({ ...given, metadata: { name: 'a', annotations } })
    .expect(201);
  const kept = { spec: { color: '[redacted]', size: 1, parts: [{ id: 'x', text: '[redacted]' }] } };
  expect(last().requestObject).toMatchObject({ kind: 'Widget', ...kept });
  expect(last().responseObject).toMatchObject({ kind: 'Widget', ...kept });
  const ref = { resourceVersion: '7', uid: 'other' };
  await api
    .request('put', `${widgetsPath}/a`)
    .send({ ...given, metadata: { name: 'a', ...ref } })
    .expect(409);
  expect(last().objectRef).toMatchObject(ref);
  await patch('a', 'merge-patch', { spec: { color: secret } }).expect(200);
  expect(last().requestObject).toEqual({ spec: { color: '[redacted]' } });
  await patch('a', 'json-patch', [{ op: 'add', path: '/spec/parts/0/text', value: secret }]).expect(200);
  expect(last().requestObject).toEqual([{ op: 'add', path: '/spec/parts/0/text', value: '[redacted]' }]);
  for (const type of ['application/json', 'application/yaml', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
    await api.request('get', `${widgetsPath}?includeObject=Object`).set('accept', type).expect(200);
    expect(JSON.stringify(last().responseObject)).toContain('[redacted]');
  }
  await api
    .request('delete', `${widgetsPath}/a`)
    .send({ kind: 'DeleteOptions', propagationPolicy: 'Background' })
    .expect(200);
  expect(last().requestObject).toMatchObject({ propagationPolicy: 'Background' });
  expect(last().responseStatus).toMatchObject({ status: 'Success', code: 200 });
  expect(lines.join('')).not.toContain(secret);
});

it.each(['Metadata', 'RequestResponse'])('does not repeat secrets from error messages (%s)', async (level) => {
  await start(all(level), {
    strategy: {
      validateCreate: (_, { spec }) => [
        { type: 'FieldValueInvalid', field: 'spec', message: `Invalid value: ${JSON.stringify(spec)}: no` },
      ],
    },
  });
  const refused = await api
    .request('post', widgetsPath)
    .send(widget('a', { spec: { color: secret } }))
    .expect(422);
  // The user who sent the secret may see it in the answer.
  expect(refused.text).toContain(secret);
  expect(last().responseStatus).toMatchObject({ status: 'Failure', reason: 'Invalid', code: 422 });
  expect(last().responseStatus?.message).toContain('"color":"[redacted]"');
  expect(lines.join('')).not.toContain(secret);
});

it.each(['Metadata', 'Request'])('does not repeat a refused patch (%s)', async (level) => {
  await start(all(level));
  await api.request('post', widgetsPath).send(widget('a')).expect(201);
  const refused = await api
    .request('patch', `${widgetsPath}/a?fieldValidation=Strict`)
    .set('content-type', 'application/merge-patch+json')
    .send(JSON.stringify({ spec: { color: secret, unknown: 1 } }))
    .expect(422);
  expect(refused.text).toContain(secret);
  expect(last().responseStatus?.message).toContain('unknown');
  expect(lines.join('')).not.toContain(secret);
});

it('logs refused requests, whether the user is known or not', async () => {
  await start(`- {level: None, users: [""]}\n${all('Metadata')}`, {
    authenticators: [
      { authenticate: ({ headers }) => (headers['x-bad'] === undefined ? undefined : throwUnauthorized()) },
    ],
  });
  const token = 'Bearer ultra-secret-token';
  await supertest(api.server.app)
    .get(`${widgetsPath}?access_token=${secret}&token=${secret}`)
    .set('authorization', token)
    .expect(401);
  expect(stages()).toEqual(['ResponseStarted']);
  expect(last()).toMatchObject({ user: {}, responseStatus: { status: 'Failure', reason: 'Unauthorized', code: 401 } });
  await supertest(api.server.app).get(widgetsPath).set('x-bad', '1').expect(401);
  expect(stages()).toEqual(['ResponseStarted', 'ResponseStarted']);

  await supertest(api.server.app).get(widgetsPath).set('x-user', 'joe').expect(403);
  expect(last()).toMatchObject({
    stage: 'ResponseComplete',
    user: { username: 'joe' },
    responseStatus: { reason: 'Forbidden', code: 403 },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  });
  await api.request('get', widgetsPath).set('impersonate-user', 'jane').expect(403);
  expect(last()).toMatchObject({ user: { username: 'admin' }, responseStatus: { code: 403 } });
  expect(lines.join('')).not.toMatch(/ultra/);
});

function throwUnauthorized(): never {
  throw unauthorized();
}

it('logs when the answer to a long request begins, and when it ends', async () => {
  await start(all('RequestResponse'));
  await api.request('get', `${widgetsPath}?watch=true&timeoutSeconds=1`).expect(200);
  await expect.poll(stages).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
  expect(last()).toMatchObject({ verb: 'watch', responseStatus: { code: 200 } });
  expect(last().responseObject).toBeUndefined();
});

it('logs an unexpected failure as a panic, without its cause', async () => {
  await start(all('Metadata'), {
    strategy: {
      prepareForCreate: () => {
        throw new TypeError(secret);
      },
    },
  });
  await api.request('post', widgetsPath).send(widget('a')).expect(500);
  expect(stages()).toEqual(['RequestReceived', 'Panic']);
  expect(last().responseStatus).toMatchObject({ reason: 'InternalError', code: 500 });
  expect(lines.join('')).not.toContain(secret);
});

it.each([
  ['an error that is no Status', new Error(secret)],
  ['a failure of the server’s that somebody foresaw', internalError(new TypeError(secret))],
])('calls %s no panic', async (_, error) => {
  await start(all('Metadata'), { strategy: { prepareForCreate: () => Promise.reject(error) } });
  await api.request('post', widgetsPath).send(widget('a')).expect(500);
  expect(stages()).toEqual(['RequestReceived', 'ResponseComplete']);
  expect(last().responseStatus).toMatchObject({ status: 'Failure', reason: 'InternalError', code: 500 });
  expect(lines.join('')).not.toContain(secret);
});

it('leaves out what the policy leaves out: requests, stages, and objects of non-resource requests', async () => {
  await start(
    '- {level: None, nonResourceURLs: ["/healthz*"]}\n- {level: RequestResponse, omitStages: [RequestReceived]}',
  );
  await api.request('get', '/healthz').expect(200);
  expect(lines).toEqual([]);
  await api.request('get', '/version').expect(200);
  expect(stages()).toEqual(['ResponseComplete']);
  expect(last().objectRef).toBeUndefined();
  expect(last().responseObject).toBeUndefined();
  const text = await metrics.text();
  expect(text).toContain('apiserver_audit_event_total 1');
  expect(text).toContain('apiserver_audit_level_total{level="None"} 1');
  expect(text).toContain('apiserver_audit_error_total{plugin="log"} 0');
});

it('answers requests whose events cannot be written, and counts the events', async () => {
  const failing: AuditSink = {
    write: (line) => {
      if (line.includes('ResponseComplete')) throw new Error('broken');
      return false;
    },
    close: () => Promise.resolve(),
  };
  await start(all('Metadata'), { sink: failing });
  await api.request('get', widgetsPath).expect(200);
  expect(await metrics.text()).toContain('apiserver_audit_error_total{plugin="log"} 2');
});

it('marks events that were too large to hold the whole answer', async () => {
  await start(all('RequestResponse'));
  const label = (size: number) => widget('a', { metadata: { name: 'a', annotations: { big: 'x'.repeat(size) } } });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await api
      .request('post', widgetsPath)
      .send({ ...label(250_000), metadata: { ...label(250_000).metadata, name } })
      .expect(201);
  }
  await api.request('get', widgetsPath).expect(200);
  expect(last().responseObject).toBeUndefined();
  expect(last().annotations).toMatchObject({ 'audit.k8s.io/truncated': 'true' });
});

it('counts and audits requests that it ended itself, and reports its build', async () => {
  await start(all('Metadata'), { limits: { readOnly: 0 }, waiting: { ofUser: 0 } });
  await api.request('get', widgetsPath).set('x-user', 'jane').expect(429);
  expect(stages()).toEqual(['RequestReceived', 'ResponseComplete']);
  expect(last()).toMatchObject({
    user: { username: 'jane' },
    responseStatus: { reason: 'TooManyRequests', code: 429 },
  });
  // The authorizer was not asked.
  expect(last().annotations).toBeUndefined();
  const text = await api.metrics.text();
  expect(text).toMatch(/apiserver_request_terminations_total\{verb="LIST",.*resource="widgets",.*code="429"\} 1/);
  expect(text).toMatch(/kubernetes_build_info\{major="1",minor="37",git_version="v1.37.0-demo".*\} 1/);
  expect(text).toContain('apiserver_tls_handshake_errors_total 0');
});
