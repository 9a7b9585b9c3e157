import { beforeEach, describe, expect, it } from 'vitest';
import { StatusError } from '../../../src/meta/status.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { AdmissionFixture, configuration, hook, widget } from './fixture.ts';

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
const failure = async (promise: Promise<unknown>): Promise<StatusError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof StatusError)) throw new Error('there was no StatusError', { cause: error });
  return error;
};

describe('which webhooks are called', () => {
  it('concerns nobody where no configuration names the group', () => {
    expect(fixture.admission.concerns('demo.example')).toBe(false);
    const foreign = { operations: ['*' as const], apiGroups: ['apps'], apiVersions: ['*'], resources: ['*'] };
    mutating(hook('a', { rules: [foreign] }));
    expect(fixture.admission.concerns('demo.example')).toBe(false);
    validating(hook('a'));
    expect(fixture.admission.concerns('demo.example')).toBe(true);
    fixture.validating.put();
    expect(fixture.admission.concerns('demo.example')).toBe(false);
  });

  it('goes by the names of configurations, then by their order within', async () => {
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

  it('fails where a selector is none', async () => {
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
  it('is a whole review', async () => {
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

  it('has no object where one is deleted, which nobody can change', async () => {
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

  it('leave the object the very same where they have nothing to change', async () => {
    mutating(hook('a'));
    const object = widget();
    expect(await fixture.mutate({ object })).toBe(object);
    fixture.answers.set('a', () => ({ patch: [] }));
    expect(await fixture.mutate({ object })).toBe(object);
  });

  it('are asked again after later changes where they want to, once', async () => {
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

  it('are not asked again where nothing changed, nor for what they changed themselves', async () => {
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

  it('may not answer with half a patch', async () => {
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

describe('match conditions', () => {
  const conditions = (...expressions: string[]) => ({
    matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
  });
  const called = async (...expressions: string[]): Promise<boolean> => {
    fixture.asked.length = 0;
    validating(hook('a', conditions(...expressions)));
    await fixture.validate({ operation: 'UPDATE', object: widget({ x: 'y' }), oldObject: widget() });
    return fixture.asked.length > 0;
  };

  it.each([
    ["object.metadata.name == 'a'", true],
    ["object.metadata.labels.x == 'z'", false],
    ["'x' in object.metadata.labels && !has(oldObject.metadata.labels)", true],
    ["oldObject.metadata.?labels['x'].orValue('none') == 'none'", true],
    ["request.operation == 'UPDATE' && request.resource.resource == 'widgets'", true],
    ["!('system:masters' in request.userInfo.groups)", true],
    ["request.userInfo.username.startsWith('system:')", false],
    ['namespaceObject == null', true],
    ["authorizer.group('apps').resource('deployments').namespace('x').name('y').check('get').allowed()", true],
    ["authorizer.requestResource.check('delete').allowed()", false],
    ["authorizer.path('/healthz').check('get').allowed()", true],
    ["authorizer.serviceAccount('ns', 'sa').group('').resource('pods').check('get').allowed()", true],
    ['true', true],
  ])('%s: %s', async (expression, expected) => {
    expect(await called(expression)).toBe(expected);
  });

  it('hold all together', async () => {
    expect(await called('true', 'false')).toBe(false);
    expect(await called('true', 'true')).toBe(true);
    expect(await fixture.metrics.text()).toContain(
      'apiserver_admission_match_condition_exclusions_total{name="a",kind="webhook",type="validate",operation="UPDATE"} 1',
    );
  });

  it('ask for rights of the one who asks', async () => {
    await called("authorizer.group('apps').resource('deployments').subresource('scale').check('get').allowed()");
    await called("authorizer.serviceAccount('ns', 'sa').requestResource.check('get').allowed()");
    expect(fixture.rights.map(({ user, resource }) => [user.name, resource?.resource, resource?.subresource])).toEqual([
      ['jane', 'deployments', 'scale'],
      ['system:serviceaccount:ns:sa', 'widgets', ''],
    ]);
  });

  it('that cannot be told refuse the request, as kube-apiserver words it', async () => {
    validating(hook('a', conditions('object.spec.nope == 1', 'true')));
    const { status } = await failure(fixture.validate());
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(status.message).toBe(
      `widgets.demo.example "a" is forbidden: expression 'object.spec.nope == 1' resulted in error: no such key: spec`,
    );
    expect(fixture.urls).toEqual([]);
    validating(hook('a', conditions('1 +')));
    expect((await failure(fixture.validate())).code).toBe(403);
    validating(hook('a', conditions('1 + 1')));
    expect((await failure(fixture.validate())).message).toContain('must evaluate to bool');
  });

  it('that cannot be told do not count where another is false, nor where the webhook may be passed over', async () => {
    expect(await called('object.nope == 1', 'false')).toBe(false);
    validating(hook('a', { ...conditions('object.nope == 1'), failurePolicy: 'Ignore' }));
    await fixture.validate();
    expect(fixture.urls).toEqual([]);
    expect(await fixture.metrics.text()).toContain('apiserver_admission_match_condition_evaluation_errors_total');
  });

  it('see what webhooks before them changed', async () => {
    mutating(hook('a'), hook('b', conditions("object.metadata.?labels.by.orValue('') == 'a'")));
    fixture.answers.set('a', () => label('by', 'a'));
    await fixture.mutate();
    expect(fixture.urls).toEqual(['a', 'b']);
  });
});
