import { describe, expect, it } from 'vitest';
import { AdmissionFixture, configuration, failure, hook, widget } from './fixture.ts';
import {
  binding,
  denied,
  eachWithPolicies,
  fixture,
  force,
  message,
  namespace,
  policy,
  rule,
  setFixture,
  type PolicySpec,
} from './policies-fixture.ts';

eachWithPolicies();

describe('A ValidatingAdmissionPolicy', () => {
  it('refuses objects for which a validation is false, in the words of kube-apiserver', async () => {
    force({ validations: [{ expression: " object.metadata.name != 'a' " }] });
    const { status } = await failure(fixture.validate());
    const words = denied("failed expression: object.metadata.name != 'a'");
    expect(status).toMatchObject({ code: 422, reason: 'Invalid', message: words });
    expect(status.details).toEqual({
      ...{ name: 'a', group: 'demo.example', kind: 'widgets' },
      causes: [{ message: words.replace('widgets.demo.example "a" is forbidden: ', '') }],
    });
  });

  it('has no effect without a binding, or on objects that the binding does not select', async () => {
    fixture.policies.policies.put(policy({ validations: [{ expression: 'false' }] }));
    await fixture.validate();
    expect(fixture.admission.concerns('demo.example')).toBe(false);
    fixture.policies.bindings.put(
      binding({ matchResources: { namespaceSelector: { matchLabels: { team: 'other' } } } }),
    );
    await fixture.validate();
    fixture.policies.bindings.put(binding({ matchResources: { namespaceSelector: { matchLabels: { team: 'a' } } } }));
    expect(await message()).toBe(denied('failed expression: false'));
    expect(fixture.admission.concerns('demo.example')).toBe(true);
    expect(fixture.admission.concerns('other.example')).toBe(false);
  });

  it.each<[string, PolicySpec['matchConstraints'], boolean]>([
    ['another resource', { resourceRules: [{ ...rule, resources: ['gadgets'] }] }, false],
    ['another operation', { resourceRules: [{ ...rule, operations: ['DELETE'] }] }, false],
    ['another name', { resourceRules: [{ ...rule, resourceNames: ['b'] }] }, false],
    ['its name', { resourceRules: [{ ...rule, resourceNames: ['b', 'a'] }] }, true],
    ['all but its name', { resourceRules: [rule], excludeResourceRules: [{ ...rule, resourceNames: ['a'] }] }, false],
    ['all but others', { resourceRules: [rule], excludeResourceRules: [{ ...rule, resourceNames: ['b'] }] }, true],
    ['labels it has not', { resourceRules: [rule], objectSelector: { matchLabels: { x: 'y' } } }, false],
    ['everything', {}, true],
  ])('is about requests that match its constraints: %s', async (_, matchConstraints, expected) => {
    force({ ...(matchConstraints === undefined ? {} : { matchConstraints }), validations: [{ expression: 'false' }] });
    if (expected) expect(await message()).toContain('denied request');
    else await fixture.validate();
  });

  it.each<[object, string]>([
    [{ message: ' no  ' }, 'no'],
    [{ message: 'no', messageExpression: "'not ' + object.metadata.name" }, 'not a'],
    [{ message: 'no', messageExpression: "' '" }, 'no'],
    [{ message: 'no', messageExpression: 'object.metadata.nope' }, 'no'],
    [{ message: 'no', messageExpression: "'two\\nlines'" }, 'no'],
    [{ messageExpression: "'two\\nlines'" }, 'failed expression: false'],
  ])('says %j as %s', async (more, expected) => {
    force({ validations: [{ expression: 'false', ...more }] });
    expect(await message()).toBe(denied(expected));
  });

  it.each([
    ['Forbidden', 403],
    ['Unauthorized', 401],
    ['RequestEntityTooLarge', 413],
    ['Invalid', 422],
  ])('gives its reason: %s', async (reason, code) => {
    force({ validations: [{ expression: 'false', reason }] });
    expect((await failure(fixture.validate())).status).toMatchObject({ reason, code });
  });

  it('warns and audits where its binding says so, and lets the request pass', async () => {
    force({ validations: [{ expression: 'true' }, { expression: '1 < 0' }] }, { validationActions: ['Warn', 'Audit'] });
    await fixture.validate();
    const words = 'failed expression: 1 < 0';
    expect(fixture.warnings).toEqual([
      `Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': ${words}`,
    ]);
    const [key = '', value = ''] = [...fixture.remarks][0] ?? [];
    expect(key).toBe('validation.policy.admission.k8s.io/validation_failure');
    expect(value).not.toContain('<');
    expect(JSON.parse(value)).toEqual([
      { message: words, policy: 'p', binding: 'b', expressionIndex: 1, validationActions: ['Warn', 'Audit'] },
    ]);
    expect(fixture.shown).toContainEqual(widget());
  });

  it('publishes its audit annotations, each value once', async () => {
    const auditAnnotations = [
      { key: 'name', valueExpression: "'is ' + object.metadata.name" },
      { key: 'none', valueExpression: 'null' },
      { key: 'blank', valueExpression: "' '" },
    ];
    fixture.policies.policies.put(policy({ auditAnnotations }));
    fixture.policies.bindings.put(binding(), binding({}, 'c'));
    await fixture.validate();
    expect([...fixture.remarks]).toEqual([['p/name', 'is a']]);
  });

  it.each<[string, string]>([
    ['object.metadata.nope', "expression 'object.metadata.nope' resulted in error: no such key: nope"],
    ['1', 'must evaluate to bool'],
    ['variables.bad', `composited variable "bad" fails to evaluate: no such key: nope`],
    ['1 +', 'compilation error: compilation failed: '],
    ['nope == 1', 'compilation error: compilation failed: '],
  ])(
    'that cannot be evaluated refuses, or is passed over as its failurePolicy says: %s',
    async (expression, expected) => {
      const variables = [{ name: 'bad', expression: 'object.metadata.nope' }];
      force({ variables, validations: [{ expression }] });
      if (expression === '1') expect(await message()).toContain('failed expression: 1');
      else expect(await message()).toContain(expected);
      force({ variables, validations: [{ expression }], failurePolicy: 'Ignore' });
      if (expression !== '1') await fixture.validate();
    },
  );

  it('is skipped if a match condition is false, and fails if none is false and one cannot be evaluated', async () => {
    const validations = [{ expression: 'false' }];
    const conditions = (...expressions: string[]): PolicySpec['matchConditions'] =>
      expressions.map((expression, at) => ({ name: `c${at}`, expression }));
    force({ validations, matchConditions: conditions('object.metadata.nope == 1', 'false') ?? [] });
    await fixture.validate();
    force({ validations, matchConditions: conditions('object.metadata.nope == 1', 'true') ?? [] });
    expect(await message()).toBe(denied("expression 'object.metadata.nope == 1' resulted in error: no such key: nope"));
    force({ validations, failurePolicy: 'Ignore', matchConditions: conditions('object.metadata.nope == 1') ?? [] });
    await fixture.validate();
  });

  it('sees namespaceObject, request, authorizer, oldObject and variables, which are evaluated when needed', async () => {
    const expressions = [
      "namespaceObject.metadata.labels.team == 'a'",
      "request.operation == 'CREATE' && request.userInfo.username == 'jane' && request.name == 'a'",
      "authorizer.group('').resource('pods').namespace('default').check('get').allowed()",
      'oldObject == null && params == null',
      "variables.both == 'a/a' && (true || variables.bad)",
    ];
    const variables = [
      { name: 'name', expression: 'object.metadata.name' },
      { name: 'both', expression: "variables.name + '/' + variables.name" },
      { name: 'bad', expression: 'object.metadata.nope' },
    ];
    force({ variables, validations: expressions.map((expression) => ({ expression })) });
    await fixture.validate();
    expect(fixture.rights).toHaveLength(1);
  });

  it('is asked about deletions, with the old object only', async () => {
    force({ validations: [{ expression: "object != null || oldObject.metadata.name != 'a'" }] });
    expect((await failure(fixture.admission.validate(fixture.deletion()))).code).toBe(422);
  });

  it('stops expressions that take too long', async () => {
    setFixture(new AdmissionFixture());
    fixture.namespaces.put(namespace('default', {}));
    const list = `[${Array.from({ length: 100 }, (_, at) => at).join(',')}]`;
    const loops = ['a', 'b', 'c', 'd', 'e'].reduce((inner, name) => `${list}.all(${name}, ${inner})`, 'true');
    force({ validations: [{ expression: loops }] });
    expect(await message()).toMatch(/cost/);
    force({ validations: [{ expression: 'true' }] });
    await fixture.validate();
  });

  it('takes effect, changes and goes without a restart', async () => {
    force({ validations: [{ expression: 'false' }] });
    await failure(fixture.validate());
    force({ validations: [{ expression: 'true' }] });
    await fixture.validate();
    force({ validations: [{ expression: 'false' }] });
    await failure(fixture.validate());
    fixture.policies.policies.put();
    await fixture.validate();
  });

  it('runs before validating webhooks, which are not called for a refused object', async () => {
    fixture.validating.put(configuration('ValidatingWebhookConfiguration', 'v', hook('late')));
    force({ validations: [{ expression: 'false' }] });
    await failure(fixture.validate());
    expect(fixture.urls).toEqual([]);
  });

  it('refuses with the first of several policies, in the order of their names', async () => {
    fixture.policies.policies.put(
      policy({ validations: [{ expression: 'false', message: 'second' }] }, 'q'),
      policy({ validations: [{ expression: 'false', message: 'first' }] }),
    );
    fixture.policies.bindings.put(binding({ policyName: 'q' }, 'a'), binding());
    expect(await message()).toBe(denied('first'));
  });
});
