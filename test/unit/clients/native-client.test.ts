import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/apis/kubernetes/types.ts';
import type { NativeClient } from '../../../src/clients/contract.ts';
import { createKubernetesClients } from '../../../src/clients/kubernetes/clients.ts';
import { createTransport, type ApiTransport } from '../../../src/clients/kubernetes/transport.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { failure, FakeApiServer, type Answer } from '../../support/fake-api-server.ts';

let server: FakeApiServer;
let transport: ApiTransport;
let services: NativeClient<Service>;
let answers: Answer[];
beforeEach(async () => {
  server = await FakeApiServer.start();
  answers = [];
  server.interfere = () => answers.shift() ?? { status: 200, body: stored };
  transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  const context = { transport, clock: systemClock, random: Math.random, logger: silentLogger };
  services = createKubernetesClients(context).native.services;
});
afterEach(async () => {
  transport.close();
  await server.close();
});

const desired: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'ns', labels: { a: 'b' } },
  spec: { ports: [{ port: 80 }] },
};
const stored: Stored<Service> = {
  ...desired,
  metadata: {
    name: 'web',
    namespace: 'ns',
    uid: 'u-1',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
};
const path = '/api/v1/namespaces/ns/services/web';
const sent = () =>
  server.received.map(({ method, path: where, query, headers, body }) => ({
    ...{ method, path: where, query, body },
    type: headers['content-type'],
  }));
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('create', () => {
  test('is one apply that cannot change an existing object', async () => {
    expect(await services.create(desired)).toEqual(stored);
    expect(sent()).toEqual([
      {
        ...{ method: 'PATCH', path, query: { fieldManager: 'kubedirector' }, type: 'application/apply-patch+yaml' },
        body: { ...desired, metadata: { ...desired.metadata, resourceVersion: '1' } },
      },
    ]);
  });

  test.each([
    ['another version', { name: 'web', kind: 'services' }],
    ["another manager's fields", { causes: [{ reason: 'FieldManagerConflict', field: '.spec.ports' }] }],
  ])('says AlreadyExists where there is one, shown by %s', async (_, details) => {
    answers = [{ status: 409, body: failure(409, 'Conflict', 'conflict', details) }];
    expect(await caught(services.create(desired))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'services "web" already exists',
    });
  });

  test('passes other conflicts on unchanged', async () => {
    const details = { name: 'quota', kind: 'resourcequotas' };
    answers = [{ status: 409, body: failure(409, 'Conflict', 'conflict', details) }];
    expect(await caught(services.create(desired))).toMatchObject({ reason: 'Conflict' });
  });
});

describe('apply', () => {
  const body = { ...desired, metadata: { ...desired.metadata, uid: 'u-1' } };
  const apply = {
    ...{ method: 'PATCH', path, query: { fieldManager: 'kubedirector', force: 'true' } },
    type: 'application/apply-patch+yaml',
    body,
  };

  test('applies the desired object by force, once, with the uid and without a version', async () => {
    await services.apply(stored, desired, { spec: { ports: [{ port: 80 }] } });
    expect(sent()).toEqual([apply]);
  });

  test('first removes fields that are null in drift, and only those', async () => {
    const drift = {
      metadata: { labels: { old: null, a: 'b' } },
      spec: { clusterIP: null, ports: [], selector: { x: 'y' } },
    };
    await services.apply(stored, desired, drift);
    expect(sent()).toEqual([
      {
        ...{ method: 'PATCH', path, query: { fieldManager: 'kubedirector' }, type: 'application/merge-patch+json' },
        body: { metadata: { labels: { old: null }, uid: 'u-1' }, spec: { clusterIP: null } },
      },
      apply,
    ]);
  });

  test('first takes off owners that are no longer to be, of this version: applying would merge them', async () => {
    const owner = (uid: string, controller: boolean) => ({ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller });
    const owners = (...ownerReferences: object[]) => ({ metadata: { ownerReferences } });
    const [before, other, ours] = [owner('before', true), owner('other', false), owner('ours', true)];
    const current = { ...stored, metadata: { ...stored.metadata, ownerReferences: [before, other] } };
    await services.apply(current, desired, owners(other, ours));
    expect(sent()).toEqual([
      {
        ...{ method: 'PATCH', path, query: { fieldManager: 'kubedirector' }, type: 'application/merge-patch+json' },
        body: { metadata: { ownerReferences: [other], uid: 'u-1', resourceVersion: '7' } },
      },
      apply,
    ]);
    server.received.length = 0;
    await services.apply(current, desired, owners(before, other, ours));
    expect(sent()).toEqual([apply]);
  });

  test('fails with Conflict if another object has the name', async () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'field is immutable', field: 'metadata.uid' }];
    answers = [{ status: 422, body: failure(422, 'Invalid', 'invalid', { name: 'web', causes }) }];
    expect(await caught(services.apply(stored, desired, {}))).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test('says NotFound where it is gone', async () => {
    answers = [{ status: 404, body: failure(404, 'NotFound', 'services "web" not found') }];
    expect(await caught(services.apply(stored, desired, { a: null }))).toMatchObject({ reason: 'NotFound' });
  });

  test('says NotFound also where the server calls it a conflict with a uid that nothing has', async () => {
    const message = 'uid mismatch: the provided object specified uid u-1, and no existing object was found';
    answers = [
      { status: 409, body: failure(409, 'Conflict', message, { name: 'web', kind: 'services' }) },
      { status: 404, body: failure(404, 'NotFound', 'services "web" not found') },
    ];
    expect(await caught(services.apply(stored, desired, {}))).toMatchObject({ code: 404, reason: 'NotFound' });
  });

  test('says Conflict where there is one that conflicts', async () => {
    answers = [{ status: 409, body: failure(409, 'Conflict', 'modified', { name: 'web', kind: 'services' }) }];
    expect(await caught(services.apply(stored, desired, {}))).toMatchObject({
      reason: 'Conflict',
      message: 'modified',
    });
  });
});

describe('delete', () => {
  test('names the uid and what becomes of dependents', async () => {
    await services.delete({ namespace: 'ns', name: 'web' }, { uid: 'u-1', propagation: 'Foreground' });
    expect(sent()[0]).toMatchObject({
      method: 'DELETE',
      path,
      body: { preconditions: { uid: 'u-1' }, propagationPolicy: 'Foreground' },
    });
  });

  test('succeeds where the object is gone, or another one has its name', async () => {
    answers = [
      { status: 404, body: failure(404, 'NotFound', 'gone') },
      { status: 409, body: failure(409, 'Conflict', 'uid') },
    ];
    await services.delete({ namespace: 'ns', name: 'web' });
    await services.delete({ namespace: 'ns', name: 'web' }, { uid: 'u-0' });
    expect(server.received).toHaveLength(2);
  });

  test('fails for every other reason', async () => {
    answers = [{ status: 403, body: failure(403, 'Forbidden', 'no') }];
    const target = { namespace: 'ns', name: 'web' };
    expect(await caught(services.delete(target, { uid: 'u-1' }))).toMatchObject({ reason: 'Forbidden' });
  });
});
