import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStatefulSetDryRun } from '../../../src/clients/kubernetes/stateful-set-dry-run.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import type { DryRunVerdict, StatefulSetDryRun } from '../../../src/clients/contract.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { failure, FakeApiServer } from '../../support/fake-api-server.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

let server: FakeApiServer;
let transport: ApiTransport;
let clock: ManualClock;
let dryRun: StatefulSetDryRun;

beforeEach(async () => {
  server = await FakeApiServer.start();
  server.interfere = () => ({ status: 201, body: {} });
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  clock = createManualClock();
  dryRun = createStatefulSetDryRun(transport, clock);
});
afterEach(async () => {
  transport.close();
  await server.close();
});

const statefulSet: StatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { namespace: 'ns', generateName: 'kdss-' },
  spec: { selector: {}, serviceName: 'hs', template: { metadata: { labels: { a: 'b' } } } },
};
const check = (set = statefulSet, signal = new AbortController().signal): Promise<DryRunVerdict> =>
  dryRun.check(set, signal);

/** As kube-apiserver's validation answers. */
const about = { name: 'kdss-x', group: 'apps', kind: 'StatefulSet' };
const answering = (code: number, reason: string, message: string, details?: object): void => {
  server.interfere = () => ({ status: code, body: failure(code, reason, message, details) });
};

describe('the dry run of a StatefulSet', () => {
  test('creates it in its namespace without storing it', async () => {
    expect(await check()).toEqual({ type: 'valid' });
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/apis/apps/v1/namespaces/ns/statefulsets',
        query: { dryRun: 'All' },
        body: statefulSet,
      },
    ]);
  });

  test('gives what validation finds, field by field', async () => {
    const cause = { reason: 'FieldValueRequired', message: 'Required value: x', field: 'spec.template.spec' };
    const odd = { reason: 'FieldValueOdd', message: 'Odd', field: 'spec.selector' };
    answering(422, 'Invalid', 'StatefulSet.apps "kdss-x" is invalid', {
      ...about,
      causes: [cause, odd, { message: 'whatever' }],
    });
    expect(await check()).toEqual({
      type: 'invalid',
      errors: [
        { type: 'FieldValueRequired', field: 'spec.template.spec', message: 'Required value: x' },
        { type: 'FieldValueInvalid', field: 'spec.selector', message: 'Odd' },
      ],
    });
  });

  const causes = [{ message: 'no', field: 'spec.replicas' }];
  test.each([
    ['a quota', 403, 'Forbidden', 'statefulsets.apps "x" is forbidden: exceeded quota: q', undefined],
    ['a missing right', 403, 'Forbidden', 'statefulsets.apps is forbidden: User "kd" cannot create', undefined],
    [
      'an admission policy',
      422,
      'Invalid',
      "ValidatingAdmissionPolicy 'p' denied request: no",
      { ...about, kind: 'statefulsets', causes },
    ],
    [
      'an admission policy for size',
      413,
      'RequestEntityTooLarge',
      "ValidatingAdmissionPolicy 'p' denied request: no",
      undefined,
    ],
    ['a 422 that names no field', 422, 'Invalid', 'StatefulSet.apps "x" is invalid', about],
    ['a webhook', 400, '', 'admission webhook "w.example" denied the request: no', undefined],
    [
      'a webhook that speaks of fields',
      422,
      'Invalid',
      'admission webhook "w.example" denied the request: no',
      { ...about, causes },
    ],
  ])('knows %s for a refusal that has nothing to do with validity', async (_what, code, reason, message, details) => {
    answering(code, reason, message, details);
    expect(await check()).toEqual({ type: 'refused', reason: message });
  });

  test.each([
    ['401', 401, 'Unauthorized', 'Unauthorized'],
    ['404 for its namespace', 404, 'NotFound', 'namespaces "ns" not found'],
    ['400 for a webhook that knows no dry runs', 400, 'BadRequest', 'admission webhook "w" does not support dry run'],
    ['409', 409, 'AlreadyExists', 'statefulsets.apps "x" already exists'],
    ['500 for a webhook that is not there', 500, 'InternalError', 'failed calling webhook "w"'],
    ['503', 503, 'ServiceUnavailable', 'starting'],
  ])('does not know where the answer is %s', async (_what, code, reason, message) => {
    answering(code, reason, message);
    expect(await check()).toEqual({ type: 'unknown' });
  });

  test.each(['cut', 'hang'] as const)('does not know where the connection is %s, once it is given up', async (how) => {
    server.interfere = () => how;
    const signal = AbortSignal.timeout(50);
    expect(await check(statefulSet, signal)).toEqual({ type: 'unknown' });
  });

  test('does not know where it is given up before it began', async () => {
    expect(await check(statefulSet, AbortSignal.abort())).toEqual({ type: 'unknown' });
  });

  test('believes for five seconds that what was valid still is', async () => {
    await check();
    await check(structuredClone(statefulSet));
    expect(server.received).toHaveLength(1);
    await check({ ...statefulSet, metadata: { ...statefulSet.metadata, namespace: 'other' } });
    expect(server.received).toHaveLength(2);
    clock.advance(5_000);
    await check();
    expect(server.received).toHaveLength(3);
  });

  test('gives the warnings of what is valid, also where it need not ask again', async () => {
    const header = String.raw`299 - "would violate PodSecurity \"restricted:latest\": a (b, c)", 299 - "other"`;
    server.interfere = () => ({ status: 201, body: {}, headers: { warning: header } });
    const warnings = ['would violate PodSecurity "restricted:latest": a (b, c)', 'other'];
    expect(await check()).toEqual({ type: 'valid', warnings });
    expect(await check()).toEqual({ type: 'valid', warnings });
    expect(server.received).toHaveLength(1);
  });

  test('asks again about what was not valid', async () => {
    answering(500, 'InternalError', 'oops');
    expect(await check()).toEqual({ type: 'unknown' });
    server.interfere = () => ({ status: 201, body: {} });
    expect(await check()).toEqual({ type: 'valid' });
    expect(server.received).toHaveLength(2);
  });
});
