import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  MutatingWebhookConfiguration,
  Namespace,
  ValidatingWebhookConfiguration,
} from '../../src/apis/kubernetes/types.ts';
import { createAdmission } from '../../src/apiserver/admission/index.ts';
import type { Authenticator } from '../../src/auth/contract.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { tracedStore } from '../../src/server/tracing/store.ts';
import type { Tracing } from '../../src/tracing/index.ts';
import { Api, widget, widgetsPath } from '../support/api.ts';
import { Collector, tracingTo, type CollectedSpan } from '../support/collector.ts';
import { MemoryStore } from '../support/memory-store.ts';
import type { Method } from '../support/requests.ts';
import { configuration, hook, noPolicies, Shelf } from '../unit/admission/fixture.ts';

let collector: Collector;
let tracing: Tracing;
let api: Api;
let store: MemoryStore;
/** What webhooks were told of the trace. */
let told: (string | undefined)[];

/** The header "x-named: name" is believed as that of a front proxy. */
const frontProxy: Authenticator = {
  authenticate({ headers, onFrontProxy }) {
    const name = headers['x-named'];
    if (typeof name !== 'string') return undefined;
    onFrontProxy?.();
    return { name, groups: [] };
  },
};

function admission() {
  const mutating = new Shelf<MutatingWebhookConfiguration>();
  const validating = new Shelf<ValidatingWebhookConfiguration>();
  mutating.put(configuration('MutatingWebhookConfiguration', 'm', hook('first.example')));
  validating.put(configuration('ValidatingWebhookConfiguration', 'v', hook('second.example')));
  const call = (_target: object, review: object): Promise<unknown> => {
    told.push(tracing.tracer.headers().traceparent);
    const { uid } = (review as { request: { uid: string } }).request;
    const response = { uid, allowed: true };
    return Promise.resolve({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
  };
  return createAdmission({
    ...{ configurations: { mutating, validating }, policies: noPolicies(), uid: randomUUID, tracer: tracing.tracer },
    caller: { call, close: () => undefined },
    namespaces: new (class extends Shelf<Namespace> {
      read = () => Promise.resolve(undefined);
    })(),
    authorizer: { authorize: () => ({ allowed: true }) },
    ...{ clock: systemClock, logger: silentLogger, metrics: createMetrics() },
  });
}

async function started(samplingRatePerMillion: number): Promise<void> {
  tracing = tracingTo(collector.endpoint, { samplingRatePerMillion });
  const { tracer } = tracing;
  api = await Api.started({
    ...{ tracer, store: tracedStore(store, tracer), admission: admission() },
    authenticators: [frontProxy],
    authorizer: { authorize: ({ user }) => ({ allowed: user.name !== 'nobody', reason: '' }) },
  });
}

beforeEach(async () => {
  collector = await Collector.start();
  store = new MemoryStore();
  told = [];
  await started(1_000_000);
});
afterEach(async () => {
  await api.stop();
  await store.close();
  await tracing.close(1000);
  collector.stop();
});

/** Of the one request so far, once it was sent. */
async function requestSpan(): Promise<CollectedSpan> {
  await tracing.close(10_000);
  const spans = collector.spans.filter(({ kind }) => kind === 'server');
  expect(spans).toHaveLength(1);
  return spans[0]!;
}

const trace = 'a'.repeat(32);
const traceparent = `00-${trace}-${'b'.repeat(16)}-01`;
const as = (header: 'x-user' | 'x-named', name: string, method: Method, path: string) =>
  api.request(method, path).unset('x-user').set(header, name).set('traceparent', traceparent);

describe('the span of a request', () => {
  it('has the name, route and outcome, and its webhooks and commits as parts', async () => {
    const created = await api.request('post', `${widgetsPath}?fieldManager=me`).send(widget('a'));
    expect(created.status).toBe(201);
    const span = await requestSpan();
    const route = '/apis/demo.example/v1/namespaces/{:namespace}/widgets';
    expect(span).toMatchObject({ name: `POST ${route}`, parentSpanId: '', hasFailed: false });
    expect(span.attributes).toMatchObject({
      ...{ 'http.request.method': 'POST', 'http.route': route, 'http.response.status_code': 201 },
      ...{ 'url.path': widgetsPath, 'url.query': 'fieldManager=me', 'audit-id': created.headers['audit-id'] },
    });
    const [first, second, commit, ...others] = collector.partsOf(span);
    expect(others).toEqual([]);
    const about = { resource: 'demo.example/v1, Resource=widgets', operation: 'CREATE', subresource: '' };
    expect(first).toMatchObject({
      name: 'Call mutating webhook',
      attributes: { ...about, configuration: 'm', webhook: 'first.example' },
    });
    expect(second).toMatchObject({
      name: 'Call validating webhook',
      attributes: { ...about, configuration: 'v', webhook: 'second.example' },
    });
    expect(commit).toMatchObject({ name: 'Commit', attributes: { writes: 1 } });
    expect(commit?.attributes.key).toContain('widgets/default/a');
    expect(told).toEqual([first, second].map((one) => `00-${span.traceId}-${one?.spanId ?? ''}-01`));
  });

  it('has failed if the server failed, not if the client did', async () => {
    await api.request('get', `${widgetsPath}/absent`);
    vi.spyOn(store, 'commit').mockRejectedValue(new TypeError('the password is 1234'));
    await api.request('post', widgetsPath).send(widget('a')).expect(500);
    await tracing.close(10_000);
    expect(collector.named('POST /apis/demo.example/v1/namespaces/{:namespace}/widgets')).toMatchObject([
      { hasFailed: true, attributes: { 'http.response.status_code': 500, 'error.type': '500' } },
    ]);
    expect(collector.named('Commit')).toMatchObject([{ hasFailed: true, attributes: { 'error.type': 'TypeError' } }]);
    expect(Buffer.concat(collector.received).includes('1234')).toBe(false);
    expect(collector.named(`GET /apis/demo.example/v1/namespaces/{:namespace}/widgets/{:name}`)).toMatchObject([
      { hasFailed: false, attributes: { 'http.response.status_code': 404 } },
    ]);
  });

  it('holds no tokens of URLs, and nothing of what is asked of members', async () => {
    await api.request('get', `${widgetsPath}?token=s3cret&access_token=s3cret&limit=5`);
    await api.request('get', `${widgetsPath}/a/proxy/s3cret/page?key=s3cret`);
    await tracing.close(10_000);
    expect(collector.spans.map(({ attributes }) => attributes['url.query'])).toEqual([
      'token=[redacted]&access_token=[redacted]&limit=5',
      undefined,
    ]);
    expect(collector.spans[1]?.attributes['url.path']).toBe(`${widgetsPath}/a/proxy`);
    expect(Buffer.concat(collector.received).includes('s3cret')).toBe(false);
  });

  it('covers refusals, and has no path of resources for other requests', async () => {
    await as('x-user', 'nobody', 'get', widgetsPath).expect(403);
    await api.request('get', '/version').expect(200);
    await tracing.close(10_000);
    const codes = collector.spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']]);
    expect(codes).toEqual([
      ['GET /apis/demo.example/v1/namespaces/{:namespace}/widgets', 403],
      ['GET', 200],
    ]);
  });
});

describe('the trace of a caller', () => {
  it.each([
    ['is continued for a user whom a front proxy names', 'x-named', 'jane', true],
    ['is continued for an administrator', 'x-user', 'admin', true],
    ['is only referred to for other users', 'x-user', 'jane', false],
  ] as const)('%s', async (_, header, name, isContinued) => {
    await as(header, name, 'get', widgetsPath).expect(200);
    const span = await requestSpan();
    if (isContinued) expect(span).toMatchObject({ traceId: trace, parentSpanId: 'b'.repeat(16), links: [] });
    else expect(span).toMatchObject({ parentSpanId: '', links: [{ traceId: trace, spanId: 'b'.repeat(16) }] });
  });

  it('decides what is recorded only if it is trusted', async () => {
    await api.stop();
    await started(0);
    await as('x-user', 'jane', 'get', widgetsPath).expect(200);
    await as('x-named', 'kim', 'get', widgetsPath).expect(200);
    await api.request('get', widgetsPath).expect(200);
    expect(await requestSpan()).toMatchObject({ traceId: trace });
  });
});
