/** ValidatingAdmissionPolicies of the cluster. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { serverOf } from './support/server.ts';
import {
  admission,
  both,
  cluster,
  create,
  name,
  namespace,
  ofBoth,
  ok,
  same,
  unforce,
  withPolicies,
} from './support/policies.ts';

withPolicies();

const server = serverOf(installation(), cluster);
let round = 0;

/** Puts the policy into force for both resources, in the test's namespace. */
async function force(spec: object, bound: object = {}): Promise<void> {
  round += 1;
  const label = `r${round}`;
  const matchResources = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    objectSelector: { matchExpressions: [{ key: 'probe', operator: 'DoesNotExist' }] },
  };
  // Shows when the policy is in force: it refuses objects with its label, and is written last.
  const probe = {
    matchConstraints: { resourceRules: [ofBoth], objectSelector: { matchLabels: { probe: label } } },
    validations: [{ expression: 'false', message: label }],
  };
  const policy = (of: string, what: object) => ({
    ...{ apiVersion: admission, kind: 'ValidatingAdmissionPolicy', metadata: { name: of } },
    spec: what,
  });
  const binding = (of: string, what: object) => ({
    ...{ apiVersion: admission, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: of } },
    spec: { policyName: of, validationActions: ['Deny'], ...what },
  });
  await ok('delete', 'validatingadmissionpolicybinding', `${name}-probe`, name, '--ignore-not-found');
  await cluster.apply([
    policy(name, { matchConstraints: { resourceRules: [ofBoth] }, ...spec }),
    binding(name, { matchResources, ...bound }),
    policy(`${name}-probe`, probe),
    binding(`${name}-probe`, {}),
  ]);
  for (const which of both) {
    await eventually(`the policy to be in force for ${which}`, async () => {
      const { body } = await create(which, { name: 'probe', labels: { probe: label } }, '?dryRun=All');
      return JSON.stringify(body).includes(`denied request: ${label}`);
    });
  }
}

describe('ValidatingAdmissionPolicies', () => {
  afterEach(unforce);

  const refusals: Readonly<Record<string, object>> = {
    'by an expression': { validations: [{ expression: "object.metadata.name != 'refused' && 1 < 2" }] },
    'with a message': { validations: [{ expression: 'false', message: ' no, <not> this ' }] },
    'with a message that is computed': {
      validations: [
        { expression: 'false', messageExpression: "'not ' + object.metadata.name + ' of ' + request.namespace" },
      ],
    },
    'with a message that cannot be computed': {
      validations: [{ expression: 'false', message: 'm', messageExpression: 'string(object.metadata.nope)' }],
    },
    'with a reason': { validations: [{ expression: 'false', reason: 'Forbidden' }] },
    'because the name is too long for it': { validations: [{ expression: 'false', reason: 'RequestEntityTooLarge' }] },
    'with the first of several': {
      validations: [{ expression: 'true' }, { expression: 'false' }, { expression: '1 > 2' }],
    },
    'by failing': { validations: [{ expression: 'object.spec.nope.deeper == 1' }] },
    'by dividing by zero': { validations: [{ expression: '1 / (size(object.metadata.name) - 7) == 1' }] },
    'by an index that is none': { validations: [{ expression: "object.spec.roles[7].id == 'x'" }] },
    'by types that do not compare': { validations: [{ expression: 'object.metadata.name > 1' }] },
    'by a variable that fails': {
      variables: [{ name: 'v', expression: 'object.spec.nope' }],
      validations: [{ expression: "variables.v == 'x'" }],
    },
    'by a match condition that fails': {
      matchConditions: [{ name: 'c', expression: "object.spec.nope == 'x'" }],
      validations: [{ expression: 'true' }],
    },
    'by an audit annotation that fails': {
      auditAnnotations: [{ key: 'k', valueExpression: 'string(object.spec.nope)' }],
    },
  };

  it.each(Object.entries(refusals))('refuse %s as for a custom resource', async (how, spec) => {
    await force(spec);
    const answer = await same(how, (which) => create(which, { name: 'refused' }));
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure' });
    await same(how, (which) => create(which, { generateName: 'refused-' }));
  });

  const allowances: Readonly<Record<string, object>> = {
    'where it holds': { validations: [{ expression: "object.metadata.name == 'allowed'" }] },
    'where a match condition is false': {
      matchConditions: [
        { name: 'a', expression: "object.spec.nope == 'x'" },
        { name: 'b', expression: "request.operation == 'DELETE'" },
      ],
      validations: [{ expression: 'false' }],
    },
    'what fails, where failures are ignored': {
      failurePolicy: 'Ignore',
      validations: [{ expression: 'object.spec.nope == 1' }],
    },
    'by rights of the user, the namespace and what was there': {
      validations: [
        { expression: "authorizer.group('').resource('pods').check('create').allowed()" },
        {
          expression: "namespaceObject.metadata.name == request.namespace && namespaceObject.status.phase == 'Active'",
        },
        { expression: "oldObject == null && request.kind.kind != '' && !request.dryRun == false" },
        { expression: "'system:masters' in request.userInfo.groups || request.userInfo.username != ''" },
      ],
    },
    'what is excluded by name': {
      matchConstraints: {
        resourceRules: [ofBoth],
        excludeResourceRules: [{ ...ofBoth, resourceNames: ['allowed'] }],
      },
      validations: [{ expression: 'false' }],
    },
  };

  it.each(Object.entries(allowances))('allow %s as for a custom resource', async (how, spec) => {
    await force(spec);
    const answer = await same(how, (which) => create(which, { name: 'allowed' }, '?dryRun=All'));
    expect(answer.status).toBe(201);
  });

  it('warn and audit as for a custom resource', async () => {
    const validations = [{ expression: 'true' }, { expression: '1 > 2' }];
    const auditAnnotations = [{ key: 'who', valueExpression: "'by ' + request.userInfo.username" }];
    await force({ validations, auditAnnotations }, { validationActions: ['Warn', 'Audit'] });
    const { status, warnings } = await same('warned', (which) => create(which, { name: 'warned' }, '?dryRun=All'));
    expect([status, warnings.length]).toEqual([201, 1]);
    const log = await eventually('the audit annotations', async () => {
      const text = await server.log();
      return text.includes('validation.policy.admission.k8s.io/validation_failure') ? text : undefined;
    });
    expect(log).toContain(`"${name}/who":"by `);
  });

  it('read params by name and by selector, and follow them', async () => {
    const config = (of: string, allowed: string) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { allowed } },
      metadata: { name: of, namespace, labels: { 'policy-params': 'yes' } },
    });
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        {
          expression: 'object.metadata.name.startsWith(params.data.allowed)',
          messageExpression: 'string(params.metadata.name)',
        },
      ],
    };
    await force(spec, { paramRef: { name: 'one', parameterNotFoundAction: 'Deny' } });
    await same('without params', (which) => create(which, { name: 'x' }));
    await cluster.apply(config('one', 'y'));
    const other = await same('with params', (which) => create(which, { name: 'x' }));
    expect(other.status).toBe(422);
    await cluster.apply(config('one', 'x'));
    await eventually('the params to be followed', async () => {
      const all = await Promise.all(both.map((which) => create(which, { name: 'x' }, '?dryRun=All')));
      return all.every(({ status }) => status === 201);
    });
    await cluster.apply(config('two', 'y'));
    const selector = { matchLabels: { 'policy-params': 'yes' } };
    await force(spec, { paramRef: { selector, parameterNotFoundAction: 'Deny' } });
    const { body } = await same('by selector', (which) => create(which, { name: 'x' }));
    expect(JSON.stringify(body)).toContain('denied request: two');
  });
});
