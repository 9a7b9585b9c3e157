/** What the server does with the answers of webhooks, and without an answer. */
import { beforeEach, describe, expect, it } from 'vitest';
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

describe('an answer of the wrong type', () => {
  it.each([
    ['allowed', 'yes'],
    ['allowed', 1],
    ['patch', { op: 'add' }],
    ['patchType', 7],
    ['status', 'no'],
    ['warnings', ['one', 2]],
    ['auditAnnotations', { a: 1 }],
  ])('is none: %s: %j', async (key, value) => {
    mutating(hook('a'), hook('b', { admissionReviewVersions: ['v1beta1'], failurePolicy: 'Ignore' }));
    const raw = (apiVersion: string, uid: string, more = {}) => ({
      raw: {
        code: 200,
        body: JSON.stringify({ kind: 'AdmissionReview', apiVersion, response: { uid, allowed: true, ...more } }),
      },
    });
    fixture.answers.set('a', ({ uid }) => raw('admission.k8s.io/v1', uid));
    fixture.answers.set('b', ({ uid }) => raw('admission.k8s.io/v1beta1', uid, { [key]: value }));
    await fixture.mutate();
    expect(fixture.remarks.get('failed-open.mutation.webhook.admission.k8s.io/round_0_index_1')).toBe('b');
    fixture.answers.set('a', ({ uid }) => raw('admission.k8s.io/v1', uid, { [key]: value }));
    expect(await failure(fixture.mutate())).toMatchObject({
      code: 500,
      message: `Internal error occurred: failed calling webhook "a": received invalid webhook response: response.${key} is of the wrong type`,
    });
    fixture.answers.set('a', ({ uid }) => raw('admission.k8s.io/v1', uid, { [key]: null, allowed: true }));
    await fixture.mutate();
  });

  it('does not reach the client in the headers', async () => {
    validating(hook('a'));
    for (const [given, told] of [
      ['1\r\nX-Other: 1', undefined],
      [1.5, undefined],
      [-1, undefined],
      [3, 3],
    ] as const) {
      fixture.answers.set('a', () => ({
        allowed: false,
        status: { details: { kind: 'x', retryAfterSeconds: given } },
      }));
      const { status } = await failure(fixture.validate());
      expect(status.details).toEqual({ kind: 'x', ...(told === undefined ? {} : { retryAfterSeconds: told }) });
    }
  });
});

describe('validating webhooks', () => {
  it('are called at the same time, and the first refusal is the answer', async () => {
    validating(hook('a'), hook('b'), hook('c'));
    let running = 0;
    let most = 0;
    const ends = new Map<string, () => void>();
    for (const name of ['a', 'b', 'c']) {
      fixture.answers.set(name, async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        running--;
        return { allowed: name === 'c', status: { message: name } };
      });
    }
    const refused = failure(fixture.validate());
    await expect.poll(() => ends.size).toBe(3);
    for (const name of ['c', 'b', 'a']) {
      ends.get(name)?.();
      // All that follows from it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await refused).toMatchObject({ message: 'admission webhook "b" denied the request: b' });
    expect([most, running]).toEqual([3, 0]);
  });

  it('may not patch', async () => {
    validating(hook('a'));
    fixture.answers.set('a', () => label('x', 'y'));
    expect((await failure(fixture.validate())).message).toBe(
      'Internal error occurred: failed calling webhook "a": received invalid webhook response: validating webhook may not return response.patch',
    );
  });

  it('pass their warnings and annotations on', async () => {
    validating(hook('a'));
    fixture.answers.set('a', () => ({ warnings: ['one', 'two'], auditAnnotations: { why: 'so' } }));
    await fixture.validate();
    expect(fixture.warnings).toEqual(['one', 'two']);
    expect([...fixture.remarks]).toEqual([['a/why', 'so']]);
    expect(fixture.shown).toContainEqual(widget());
  });
});

describe('a webhook that fails', () => {
  const refuse = (): never => {
    throw new Error('Post "https://a": nobody there');
  };

  it('stops the request with an error if its failurePolicy is Fail', async () => {
    validating(hook('a', { failurePolicy: 'Fail' }));
    fixture.answers.set('a', refuse);
    const message = 'failed calling webhook "a": failed to call webhook: Post "https://a": nobody there';
    const { status } = await failure(fixture.validate());
    expect(status).toMatchObject({
      ...{ code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}` },
      details: { causes: [{ message }] },
    });
    const text = await fixture.metrics.text();
    expect(text).toContain(
      'apiserver_admission_webhook_rejection_count{name="a",type="validating",operation="CREATE",error_type="calling_webhook_error",rejection_code="503"} 1',
    );
    expect(text).toMatch(/webhook_admission_duration_seconds_count\{.*name="a".*rejected="true".*\} 1/);
  });

  it('stops the request by default', async () => {
    validating(hook('a'));
    fixture.answers.set('a', refuse);
    expect((await failure(fixture.validate())).code).toBe(500);
  });

  it('is ignored if its failurePolicy is Ignore, which is counted and logged', async () => {
    mutating(hook('a', { failurePolicy: 'Ignore' }), hook('b'));
    validating(hook('a', { failurePolicy: 'Ignore' }));
    fixture.answers.set('a', refuse);
    fixture.answers.set('b', () => label('by', 'b'));
    expect((await fixture.mutate())?.metadata.labels).toEqual({ by: 'b' });
    await fixture.validate();
    expect(fixture.remarks.get('failed-open.mutation.webhook.admission.k8s.io/round_0_index_0')).toBe('a');
    expect(fixture.remarks.get('failed-open.validating.webhook.admission.k8s.io/round_0_index_0')).toBe('a');
    const text = await fixture.metrics.text();
    expect(text).toContain('apiserver_admission_webhook_fail_open_count{name="a",type="admit"} 1');
    expect(text).toContain('apiserver_admission_webhook_fail_open_count{name="a",type="validating"} 1');
  });

  it('is not one that refuses, which counts under failurePolicy Ignore, too', async () => {
    validating(hook('a', { failurePolicy: 'Ignore' }));
    fixture.answers.set('a', () => ({ allowed: false }));
    expect(await failure(fixture.validate())).toMatchObject({
      message: 'admission webhook "a" denied the request without explanation',
    });
    expect(await fixture.metrics.text()).toContain('error_type="no_error",rejection_code="400"} 1');
  });

  it('is not reported once the request is over', async () => {
    validating(hook('a', { failurePolicy: 'Ignore' }));
    const reason = new Error('gone');
    fixture.answers.set('a', () => {
      fixture.abort.abort(reason);
      return refuse();
    });
    await expect(fixture.validate()).rejects.toBe(reason);
  });
});
