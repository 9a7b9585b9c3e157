import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { AdmissionFixture, configuration, failure, hook, widget } from './fixture.ts';

let fixture: AdmissionFixture;
beforeEach(() => {
  fixture = new AdmissionFixture();
});

const validating = (...webhooks: ReturnType<typeof hook>[]): void =>
  fixture.validating.put(configuration('ValidatingWebhookConfiguration', 'v', ...webhooks));
const conditions = (...expressions: string[]) => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});
const called = async (...expressions: string[]): Promise<boolean> => {
  fixture.asked.length = 0;
  validating(hook('a', conditions(...expressions)));
  await fixture.validate({ operation: 'UPDATE', object: widget({ x: 'y' }), oldObject: widget() });
  return fixture.asked.length > 0;
};

describe('match conditions', () => {
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

  it('must all be true', async () => {
    expect(await called('true', 'false')).toBe(false);
    expect(await called('true', 'true')).toBe(true);
    expect(await fixture.metrics.text()).toContain(
      'apiserver_admission_match_condition_exclusions_total{name="a",kind="webhook",type="validate",operation="UPDATE"} 1',
    );
  });

  it('can check rights of the user of the request', async () => {
    await called("authorizer.group('apps').resource('deployments').subresource('scale').check('get').allowed()");
    await called("authorizer.serviceAccount('ns', 'sa').requestResource.check('get').allowed()");
    expect(fixture.rights.map(({ user, resource }) => [user.name, resource?.resource, resource?.subresource])).toEqual([
      ['jane', 'deployments', 'scale'],
      ['system:serviceaccount:ns:sa', 'widgets', ''],
    ]);
  });

  it('that cannot be evaluated refuse the request, in the words of kube-apiserver', async () => {
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

  it('that cannot be evaluated do not matter if another one is false, or if the webhook may be ignored', async () => {
    expect(await called('object.nope == 1', 'false')).toBe(false);
    validating(hook('a', { ...conditions('object.nope == 1'), failurePolicy: 'Ignore' }));
    await fixture.validate();
    expect(fixture.urls).toEqual([]);
    expect(await fixture.metrics.text()).toContain('apiserver_admission_match_condition_evaluation_errors_total');
  });

  it('see what webhooks before them changed', async () => {
    const second = hook('b', conditions("object.metadata.?labels.by.orValue('') == 'a'"));
    fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', hook('a'), second));
    fixture.answers.set('a', () => ({ patch: [{ op: 'add', path: '/metadata/labels', value: { by: 'a' } }] }));
    await fixture.mutate();
    expect(fixture.urls).toEqual(['a', 'b']);
  });
});

describe('regular expressions in match conditions', () => {
  it.each([
    [String.raw`'a'.matches('\\Aa\\z')`, true],
    [String.raw`'a\n'.matches('\\Aa\\z')`, false],
    [String.raw`'é'.matches('^\\pL$')`, true],
    [String.raw`'é'.matches('^[[:alpha:]]$')`, false],
    [String.raw`object.metadata.name.matches('^[[:alpha:]]$')`, true],
    [String.raw`object.metadata.name.matches(object.metadata.name)`, true],
    [String.raw`'ABC'.matches('(?i)b')`, true],
    [String.raw`'x.y'.matches('^x\\Q.\\Ey$')`, true],
    [String.raw`'a{,2}'.matches('^a{,2}$')`, true],
    [String.raw`matches('abc', 'b')`, true],
    [String.raw`['ab', 'cd'].exists(one, one.matches('^c') && one.matches('d$'))`, true],
    [String.raw`object.metadata.name.find('[b-z]') == '' && 'x12y3'.find('[0-9]+') == '12'`, true],
    [String.raw`'x12y3'.findAll('[0-9]+') == ['12', '3'] && 'x12y3'.findAll('[0-9]', 2) == ['1', '2']`, true],
    [String.raw`'x12'.findAll('[0-9]', -1).size() == 2 && 'x12'.findAll('[0-9]', 0).size() == 0`, true],
  ])('are those of RE2: %s: %s', async (expression, expected) => {
    expect(await called(expression)).toBe(expected);
    expect(fixture.logged).toEqual([]);
  });

  it.each([
    String.raw`'a'.matches('(?=a)')`,
    String.raw`'aa'.matches('(a)\\1')`,
    `'a'.matches('(')`,
    `'a'.matches(1)`,
    `(1).matches('1')`,
    `object.metadata.labels.matches('1')`,
    `object.metadata.name.matches(object.metadata.labels)`,
  ])('that RE2 does not know have no value: %s', async (expression) => {
    expect((await failure(called(expression))).message).toContain('resulted in error');
  });

  it('take time that grows with the text', async () => {
    expect(await called(`'${'a'.repeat(2000)}!'.matches('^(a+)+$')`)).toBe(false);
  });
});

describe('libraries in match conditions', () => {
  it.each([
    `'a-b-c'.replace('-', '+') == 'a+b+c' && 'a-b-c'.replace('-', '+', 1) == 'a+b-c'`,
    `'a-b'.replace('-', '+', 0) == 'a-b' && 'a-b-c'.replace('-', '+', -1) == 'a+b+c' && 'ab'.replace('', '-') == '-a-b-'`,
    `'a$b'.replace('$', '$&') == 'a$&b' && 'aé😀'.charAt(2) == '😀' && 'a'.charAt(1) == ''`,
    `'a,b'.split(',').join('') == 'ab' && ' A '.trim().lowerAscii() == 'a' && 'a'.upperAscii() == 'A'`,
    `'abab'.indexOf('b') == 1 && 'abab'.lastIndexOf('b') == 3 && 'abc'.substring(1, 2) == 'b'`,
    `[1, 2, 2].isSorted() && !['b', 'a'].isSorted() && [].isSorted()`,
    `[1, 2].sum() == 3 && [0.5, 0.5].sum() == 1.0 && ['b', 'a'].min() == 'a' && [1, 3, 2].max() == 3`,
    `[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [[1], [2]].indexOf([2]) == 1 && [1].indexOf(2) == -1`,
    `[object.metadata].indexOf(object.metadata) == 0 && [object].indexOf(oldObject) == -1`,
    `sets.contains([1, 2, 3], [3, 1]) && !sets.contains([1], [1, 2]) && sets.contains([1], [])`,
    `sets.intersects(['a', 'b'], ['b', 'c']) && !sets.intersects(['a'], ['b'])`,
    `sets.equivalent([1, 2, 2], [2, 1]) && !sets.equivalent([1], [1, 2])`,
    `[dyn(1), dyn(2.5)].indexOf(dyn(1.0)) == 0 && sets.contains(request.userInfo.groups, ['devs'])`,
  ])('%s', async (expression) => {
    expect(await called(expression)).toBe(true);
    expect(fixture.logged).toEqual([]);
  });

  it.each([
    `[].max() == 1`,
    `[dyn(1), dyn('a')].min() == 1`,
    `[{'a': 1}, {'a': 2}].isSorted()`,
    `['a'].sum() == 'a'`,
    `[9223372036854775807, 1].sum() == 0`,
    `'a'.charAt(2) == ''`,
  ])('have no value where Kubernetes’ have none, or where it is not known: %s', async (expression) => {
    expect((await failure(called(expression))).message).toContain('resulted in error');
  });
});

describe('match conditions that cost too much', () => {
  const items = Array.from({ length: 3000 }, (_, at) => at);
  const object = { ...widget(), spec: { items } };
  const long = 'object.spec.items.all(a, object.spec.items.all(b, object.spec.items.all(c, a + b + c >= 0)))';
  const allowed = "authorizer.group('apps').resource('deployments').check('get').allowed()";

  it.each([
    ['at once', [long]],
    ['after others were asked', [`${allowed} && ${long}`]],
    ['several of them', [long, long, long, long, long, long, long, long]],
    ['with errors on their way', [`${long} || true`]],
  ])('are given up: %s', async (_, expressions) => {
    validating(hook('a', conditions(...expressions)));
    const { code, message } = await failure(fixture.validate({ object }));
    expect(code).toBe(403);
    expect(message).toContain('resulted in error: operation cancelled: actual cost limit exceeded');
    expect(fixture.urls).toEqual([]);
    await fixture.validate({ object: { ...widget(), spec: { items: [1] } } as never });
    expect(fixture.urls).toEqual(['a']);
  });

  it('are also stopped by time, even if they have cost little', async () => {
    let now = 0;
    fixture = new AdmissionFixture({ ...systemClock, monotonic: () => (now += 100) }, 250);
    validating(hook('a', conditions(long)));
    const { code, message } = await failure(fixture.validate({ object }));
    expect(code).toBe(403);
    expect(message).toMatch(/resulted in error: took longer than \d+ ms/);
  });

  it('are treated like other failures if the webhook may be ignored', async () => {
    validating(hook('a', { ...conditions(long), failurePolicy: 'Ignore' }));
    await fixture.validate({ object });
    expect(fixture.urls).toEqual([]);
    expect(await fixture.metrics.text()).toContain('apiserver_admission_match_condition_evaluation_errors_total');
  });
});

describe('rights in match conditions', () => {
  const check = (verb: string, name = 'y'): string =>
    `authorizer.group('apps').resource('deployments').name('${name}').check('${verb}').allowed()`;
  const verbs = (): string[] => fixture.rights.map(({ verb }) => verb);

  it('are checked one after the other, as far as they are needed', async () => {
    expect(await called(`${check('list')} || ${check('get')} || ${check('watch')}`)).toBe(true);
    expect(verbs()).toEqual(['list', 'get']);
  });

  it('are asked for once', async () => {
    expect(await called(`${check('get')} && ${check('get')}`, check('get'), `!${check('list')}`)).toBe(true);
    expect(verbs()).toEqual(['get', 'list']);
  });

  it('are found in lists', async () => {
    const each = "authorizer.group('').resource('pods').name(name).check('get').allowed()";
    expect(await called(`['x', 'y'].all(name, ${each})`, `['x', 'z'].map(name, ${each}) == [true, true]`)).toBe(true);
    expect(fixture.rights.map(({ resource }) => resource?.name)).toEqual(['x', 'y', 'z']);
  });

  it('are checked a limited number of times', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `'${at}'`).join(', ');
    const each = "authorizer.group('').resource('pods').name(name).check('get').allowed()";
    expect((await failure(called(`[${names}].all(name, ${each})`))).message).toContain('actual cost limit exceeded');
    expect(fixture.rights).toHaveLength(3);
  });
});

describe('match conditions that this server cannot compile', () => {
  it('are logged once, whatever happens to the webhook', async () => {
    const unknown = 'notAFunction(1)';
    for (let count = 0; count < 2; count++) {
      validating(hook('a', { ...conditions(unknown, 'true'), failurePolicy: 'Ignore' }), hook('b', conditions('1 +')));
      await failure(fixture.validate());
    }
    expect(fixture.urls).toEqual([]);
    expect(fixture.logged).toMatchObject([
      ...[
        {
          configuration: 'v',
          webhook: 'a',
          expression: unknown,
          failurePolicy: 'Ignore',
          error: expect.any(Error) as unknown,
        },
      ],
      ...[
        {
          configuration: 'v',
          webhook: 'b',
          expression: '1 +',
          failurePolicy: 'Fail',
          error: expect.any(Error) as unknown,
        },
      ],
    ]);
  });
});
