import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/runtime/clock.ts';
import { AdmissionFixture, configuration, failure, hook, widget } from './fixture.ts';

let fixture: AdmissionFixture;
beforeEach(() => {
  fixture = new AdmissionFixture();
});
const mutating = (...webhooks: ReturnType<typeof hook>[]): void =>
  fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', ...webhooks));
const validating = (...webhooks: ReturnType<typeof hook>[]): void =>
  fixture.validating.put(configuration('ValidatingWebhookConfiguration', 'v', ...webhooks));
const label = (key: string, value: string) => ({
  patch: [{ op: 'add', path: '/metadata/labels', value: { [key]: value } }],
});
describe('which webhooks are called', () => {
  it('is none if no configuration names the group', () => {
    expect(fixture.admission.concerns('demo.example')).toBe(false);
    const foreign = { operations: ['*' as const], apiGroups: ['apps'], apiVersions: ['*'], resources: ['*'] };
    mutating(hook('a', { rules: [foreign] }));
    expect(fixture.admission.concerns('demo.example')).toBe(false);
    validating(hook('a'));
    expect(fixture.admission.concerns('demo.example')).toBe(true);
    fixture.validating.put();
    expect(fixture.admission.concerns('demo.example')).toBe(false);
  });

  it('is ordered by the names of configurations, then by the order within', async () => {
    const kind = 'MutatingWebhookConfiguration';
    fixture.mutating.put(configuration(kind, 'z', hook('3')), configuration(kind, 'b', hook('2'), hook('1')));
    await fixture.mutate();
    expect(fixture.urls).toEqual(['2', '1', '3']);
  });

  it('looks at the labels of the namespace', async () => {
    const inTest = { matchLabels: { stage: 'test' } };
    mutating(hook('a', { namespaceSelector: inTest }));
    fixture.namespaces.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default', labels: { stage: 'x' } },
    });
    await fixture.mutate();
    expect(fixture.urls).toEqual([]);
    fixture.namespaces.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default', labels: { stage: 'test' } },
    });
    await fixture.mutate();
    expect(fixture.urls).toEqual(['a']);
    fixture.namespaces.put();
    expect(await failure(fixture.mutate())).toMatchObject({ code: 404, message: 'namespaces "default" not found' });
  });

  it('looks at the labels of the new and of the old object', async () => {
    mutating(hook('a', { objectSelector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } }));
    await fixture.mutate({ object: widget({ y: '1' }) });
    expect(fixture.urls).toEqual([]);
    await fixture.mutate({ operation: 'UPDATE', object: widget(), oldObject: widget({ x: '1' }) });
    await fixture.mutate({ object: widget({ x: '1' }) });
    expect(fixture.urls).toEqual(['a', 'a']);
  });

  it('fails if a selector is invalid', async () => {
    mutating(hook('a', { objectSelector: { matchExpressions: [{ key: 'x', operator: 'Like' }] } }));
    expect(await failure(fixture.mutate())).toMatchObject({ code: 500 });
  });

  it('waits until the configurations are known, and then refuses', async () => {
    let now = 0;
    const clock: Clock = {
      now: () => new Date(now),
      monotonic: () => now,
      after: (milliseconds, callback) => {
        now += milliseconds;
        queueMicrotask(callback);
        return () => undefined;
      },
    };
    fixture = new AdmissionFixture(clock);
    fixture.validating.isSynced = false;
    expect(fixture.admission.concerns('demo.example')).toBe(true);
    expect(await failure(fixture.validate())).toMatchObject({
      code: 503,
      message: expect.stringContaining('not yet ready to handle request') as string,
    });
    expect(now).toBeGreaterThanOrEqual(10_000);
    const waiting = fixture.validate();
    fixture.validating.isSynced = true;
    await waiting;
  });
});

describe('what webhooks are asked', () => {
  it('is a complete AdmissionReview', async () => {
    mutating(hook('a'));
    await fixture.mutate({ operation: 'UPDATE', oldObject: widget({ old: 'yes' }), dryRun: true });
    const [asked] = fixture.asked;
    expect(asked?.apiVersion).toBe('admission.k8s.io/v1');
    expect(asked?.request).toEqual({
      uid: 'uid-0',
      kind: { group: 'demo.example', version: 'v1', kind: 'Widget' },
      resource: { group: 'demo.example', version: 'v1', resource: 'widgets' },
      requestKind: { group: 'demo.example', version: 'v1', kind: 'Widget' },
      requestResource: { group: 'demo.example', version: 'v1', resource: 'widgets' },
      name: 'a',
      namespace: 'default',
      operation: 'UPDATE',
      userInfo: { username: 'jane', groups: ['devs'], extra: { a: ['b'] } },
      object: widget(),
      oldObject: widget({ old: 'yes' }),
      dryRun: true,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
  });

  it('is in the first version that is known of those it takes', async () => {
    mutating(hook('a', { admissionReviewVersions: ['v9', 'v1beta1', 'v1'] }));
    fixture.answers.set('a', () => label('x', 'y'));
    expect((await fixture.mutate())?.metadata.labels).toEqual({ x: 'y' });
    expect(fixture.asked[0]?.apiVersion).toBe('admission.k8s.io/v1beta1');
    mutating(hook('a', { admissionReviewVersions: ['v9'] }));
    expect((await failure(fixture.mutate())).message).toContain('does not accept known AdmissionReview versions');
  });

  it('names the subresource', async () => {
    const rules = [{ operations: ['*' as const], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/status'] }];
    mutating(hook('a', { rules }));
    await fixture.mutate({ subresource: 'status' });
    expect(fixture.asked[0]?.request).toMatchObject({ subResource: 'status', requestSubResource: 'status' });
  });

  it('has no object for a deletion, which mutating webhooks cannot change', async () => {
    mutating(hook('a'));
    const deletion = fixture.deletion();
    await fixture.admission.mutate(deletion, (object) => object);
    expect(fixture.asked[0]?.request).toMatchObject({ object: null, oldObject: widget() });
    fixture.answers.set('a', () => label('x', 'y'));
    expect(await failure(fixture.admission.mutate(deletion, (object) => object))).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: admission webhook "a" attempted to modify the object, which is not supported for this operation',
    });
  });

  it('is never asked in a dry run of those with side effects, whatever their failurePolicy', async () => {
    for (const sideEffects of ['Some', 'Unknown'] as const) {
      validating(hook('a', { sideEffects, failurePolicy: 'Ignore' }));
      expect(await failure(fixture.validate({ dryRun: true }))).toMatchObject({
        ...{ code: 400, reason: 'BadRequest', message: 'admission webhook "a" does not support dry run' },
      });
    }
    expect(fixture.urls).toEqual([]);
    validating(hook('a', { sideEffects: 'NoneOnDryRun' }));
    await fixture.validate({ dryRun: true });
    expect(fixture.urls).toEqual(['a']);
  });

  it('has the time that the configuration gives', async () => {
    validating(hook('a', { timeoutSeconds: 3 }));
    let given = 0;
    fixture.answers.set('a', (_, { timeoutMs }) => {
      given = timeoutMs;
      return {};
    });
    await fixture.validate();
    expect(given).toBe(3000);
  });
});

describe('mutating webhooks', () => {
  it('see what those before them changed, and what the schema adds to it', async () => {
    mutating(hook('a'), hook('b'));
    fixture.answers.set('a', () => label('by', 'a'));
    const made = await fixture.admission.mutate(
      fixture.attributes(),
      (object) => ({ ...object, spec: { size: 1 } }) as never,
    );
    expect(fixture.asked[1]?.request.object).toMatchObject({ metadata: { labels: { by: 'a' } }, spec: { size: 1 } });
    expect(made).toMatchObject({ metadata: { labels: { by: 'a' } }, spec: { size: 1 } });
  });

  it('keep the identical object if they change nothing', async () => {
    mutating(hook('a'));
    const object = widget();
    expect(await fixture.mutate({ object })).toBe(object);
    fixture.answers.set('a', () => ({ patch: [] }));
    expect(await fixture.mutate({ object })).toBe(object);
  });

  it('are called again once after later changes if they ask for it', async () => {
    mutating(
      hook('a', { reinvocationPolicy: 'IfNeeded' }),
      hook('never'),
      hook('b', { reinvocationPolicy: 'IfNeeded' }),
    );
    fixture.answers.set('b', ({ object }) => label('count', String(Object.keys(object?.metadata.labels ?? {}).length)));
    await fixture.mutate();
    expect(fixture.urls).toEqual(['a', 'never', 'b', 'a']);
    expect([...fixture.remarks.keys()].filter((key) => key.startsWith('mutation.'))).toEqual([
      'mutation.webhook.admission.k8s.io/round_0_index_0',
      'mutation.webhook.admission.k8s.io/round_0_index_1',
      'mutation.webhook.admission.k8s.io/round_0_index_2',
      'mutation.webhook.admission.k8s.io/round_1_index_0',
    ]);
  });

  it('are not called again if nothing changed, or only what they changed themselves', async () => {
    mutating(hook('a', { reinvocationPolicy: 'IfNeeded' }), hook('b', { reinvocationPolicy: 'IfNeeded' }));
    fixture.answers.set('a', () => label('by', 'a'));
    fixture.answers.set('b', () => label('by', 'a'));
    await fixture.mutate();
    expect(fixture.urls).toEqual(['a', 'b']);
  });

  it('fail with a patch that does not fit, whatever the failurePolicy', async () => {
    mutating(hook('a', { failurePolicy: 'Ignore' }));
    fixture.answers.set('a', () => ({ patch: [{ op: 'remove', path: '/spec/nothing' }] }));
    expect(await failure(fixture.mutate())).toMatchObject({ code: 500, reason: 'InternalError' });
  });

  it('must not answer with a patch without patchType', async () => {
    mutating(hook('a'));
    const answer = (response: object) => () => ({
      raw: {
        code: 200,
        body: JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response }),
      },
    });
    for (const [response, why] of [
      [{ uid: 'uid-0', allowed: true, patch: 'W10=' }, 'webhook returned response.patch but not response.patchType'],
      [
        { uid: 'uid-1', allowed: true, patchType: 'JSONPatch' },
        'webhook returned response.patchType but not response.patch',
      ],
      [
        { uid: 'uid-2', allowed: true, patchType: 'X', patch: Buffer.from('[{"op":"x"}]').toString('base64') },
        'unsupported patch type "X"',
      ],
      [{ uid: 'uid-3', allowed: true, patchType: 'JSONPatch', patch: 'bm8=' }, 'received undecodable patch'],
      [{ uid: 'other', allowed: true }, 'expected response.uid="uid-4", got "other"'],
    ] as const) {
      fixture.answers.set('a', answer(response));
      expect((await failure(fixture.mutate())).message).toContain(why);
    }
  });
});
