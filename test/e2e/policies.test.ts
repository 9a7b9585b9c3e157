import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { openFront, type Asked, type Front } from './support/front.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';
import { serverOf } from './support/server.ts';

const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);
const { ok } = cluster;
const name = 'e2e-policy';
const crdGroup = 'policies.e2e.example';
const crd = `things.${crdGroup}`;
const admission = 'admissionregistration.k8s.io/v1';
let namespace: string;
let front: Front;

/** A custom resource that kube-apiserver serves, and ours: both must be treated alike. */
const resources = {
  crd: {
    path: () => `/apis/${crdGroup}/v1/namespaces/${namespace}/things`,
    object: (metadata: object) => ({
      ...{ apiVersion: `${crdGroup}/v1`, kind: 'Thing', metadata },
      spec: (sampleCluster({ namespace, name: '' }) as { spec: object }).spec,
    }),
    groupResource: `things.${crdGroup}`,
  },
  ours: {
    path: () => `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters`,
    object: (metadata: object) => ({ ...sampleCluster({ namespace, name: '' }), metadata }),
    groupResource: `kubedirectorclusters.${group}`,
  },
};
type Which = keyof typeof resources;
const both: readonly Which[] = ['crd', 'ours'];

interface Answer {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

async function ask(which: Which, path: string, { method = 'GET', body, contentType }: Asked): Promise<Answer> {
  const response = await fetch(`http://${front.address}${resources[which].path()}${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': contentType ?? 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const { groupResource } = resources[which];
  const [plural = '', ofGroup = ''] = groupResource.split(/\.(.*)/);
  const text = (await response.text())
    .replaceAll(groupResource, 'RESOURCE')
    .replaceAll(`"kind":"${plural}"`, '"kind":"PLURAL"')
    .replaceAll(`"group":"${ofGroup}"`, '"group":"GROUP"')
    .replaceAll(`\\"${plural}\\"`, 'PLURAL')
    .replaceAll(plural, 'PLURAL');
  const warnings = (response.headers.get('warning') ?? '').match(/"(\\.|[^"\\])*"/g) ?? [];
  return { status: response.status, warnings, body: JSON.parse(text) };
}

function create(which: Which, metadata: object, query = ''): Promise<Answer> {
  return ask(which, query, { method: 'POST', body: JSON.stringify(resources[which].object(metadata)) });
}

const ofBoth = {
  ...{ operations: ['*'], apiGroups: [group, crdGroup], apiVersions: ['*'] },
  resources: ['things', 'kubedirectorclusters'],
};
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

async function unforce(): Promise<void> {
  for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
    await ok('delete', kind, name, `${name}-probe`, '--ignore-not-found');
}

/** @returns the answer, which is the same from both */
async function same(how: string, act: (which: Which) => Promise<Answer>): Promise<Answer> {
  const [theirs, ours] = [await act('crd'), await act('ours')];
  // Generated names differ.
  const words = (answer: Answer): string => JSON.stringify(answer).replaceAll(/refused-[a-z0-9]{5}/g, 'refused-NAME');
  const comparable = ({ status, warnings, body }: Answer): Answer =>
    status < 300 ? { status, warnings, body: null } : { status, warnings, body };
  expect(words(comparable(ours)), how).toBe(words(comparable(theirs)));
  return ours;
}

const thing = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: crd },
  spec: {
    group: crdGroup,
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

beforeAll(async () => {
  namespace = await cluster.makeNamespace('policies');
  front = await openFront(cluster);
  await cluster.apply([thing, sampleApp({ namespace })]);
  await ok('wait', '--for=condition=Established', `crd/${crd}`, '--timeout=30s');
});
afterAll(async () => {
  await unforce();
  await ok('delete', 'crd', crd, '--ignore-not-found', '--timeout=30s');
  await front.close();
  await cluster.dropNamespaces(namespace);
});

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

describe('MutatingAdmissionPolicies', () => {
  const kinds = ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy'];
  afterEach(async () => {
    for (const kind of kinds) await ok('delete', kind, name, '--ignore-not-found');
  });

  /** Puts the policy into force for both resources, in the test's namespace. */
  async function mutate(mutations: readonly object[], more: object = {}): Promise<void> {
    round += 1;
    const version = `v${round}`;
    const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
    const mark = `JSONPatch{op: 'add', path: '/metadata/labels', value: {'version': '${version}'}}`;
    const probe = { patchType: 'JSONPatch', jsonPatch: { expression: `has(object.metadata.labels) ? [] : [${mark}]` } };
    await cluster.apply([
      {
        ...{ apiVersion: admission, kind: 'MutatingAdmissionPolicy', metadata: { name } },
        spec: {
          matchConstraints: { resourceRules: [{ ...ofBoth, operations: ['CREATE', 'UPDATE'] }] },
          reinvocationPolicy: 'Never',
          failurePolicy: 'Fail',
          mutations: [probe, ...mutations],
          ...more,
        },
      },
      {
        ...{ apiVersion: admission, kind: 'MutatingAdmissionPolicyBinding', metadata: { name } },
        spec: { policyName: name, matchResources },
      },
    ]);
    for (const which of both) {
      await eventually(`the policy to be in force for ${which}`, async () => {
        const { status, body } = await create(which, { name: 'probe' }, '?dryRun=All');
        const text = JSON.stringify(body);
        return status === 403 ? text.includes(`policy '${name}'`) : text.includes(`"version":"${version}"`);
      });
    }
  }
  const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
  const applied = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });

  const changes: Readonly<Record<string, readonly object[]>> = {
    'by JSON patches': [
      jsonPatch("[JSONPatch{op: 'add', path: '/metadata/labels/a', value: object.metadata.name + request.operation}]"),
      jsonPatch(
        "[JSONPatch{op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/' + jsonpatch.escapeKey('b')}]",
      ),
    ],
    'by a JSON patch whose test fails': [
      jsonPatch(
        "[JSONPatch{op: 'test', path: '/metadata/name', value: 'x'}, JSONPatch{op: 'remove', path: '/metadata/labels'}]",
      ),
    ],
    'by an object that is applied': [
      applied(
        "Object{metadata: Object.metadata{labels: {'c': namespaceObject.metadata.name}, annotations: {'d': 'e'}}}",
      ),
    ],
  };
  it.each(Object.entries(changes))('change what is created %s as for a custom resource', async (_, mutations) => {
    await mutate(mutations);
    const metadataOf = async (which: Which): Promise<object> => {
      const { status, body } = await create(which, { name: 'mutated', labels: { mine: 'x' } }, '?dryRun=All');
      expect(status).toBe(201);
      const { labels, annotations } = (body as { metadata: { labels?: object; annotations?: object } }).metadata;
      return { labels, annotations };
    };
    expect(await metadataOf('ours')).toEqual(await metadataOf('crd'));
  });

  const failures: Readonly<Record<string, object>> = {
    'by an expression that fails': jsonPatch("[JSONPatch{op: 'add', path: '/metadata/labels/a', value: object.nope}]"),
    'by a patch that does not fit': jsonPatch("[JSONPatch{op: 'remove', path: '/metadata/labels/nope/deeper'}]"),
  };
  it.each(Object.entries(failures))('refuse %s as for a custom resource', async (how, mutation) => {
    await mutate([mutation]);
    // The text about a patch that does not fit comes from the JSON patch library.
    const said = async (which: Which) => {
      const { status, body } = await create(which, { name: 'mutated' });
      return [status, JSON.stringify(body).replaceAll(/JSON Patch: (?:\\.|[^"\\])*/g, 'JSON Patch')];
    };
    // Each of the two takes a moment to see that the policy has changed.
    await eventually(`both to refuse ${how} alike`, async () =>
      isDeepStrictEqual(await said('ours'), await said('crd')),
    );
    expect((await said('ours'))[0]).toBe(403);
  });
});

describe('ResourceQuotas', () => {
  const key = `count/${resources.ours.groupResource}`;
  const quota = async (): Promise<{ hard?: object; used?: Record<string, string> }> =>
    JSON.parse(await ok('get', 'resourcequota', 'counts', '-n', namespace, '-o', 'jsonpath={.status}')) as object;

  it('count created objects, and allow no more than the limit', async () => {
    // The policies of earlier tests stay in force for a moment after they are gone.
    for (const which of both) {
      await eventually('no policy to be in force', async () => {
        const { status } = await create(which, { name: 'free' }, '?dryRun=All');
        return status === 201;
      });
    }
    const hard = { [key]: '5', [`count/${crd}`]: '5' };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'counts', namespace },
      spec: { hard },
    });
    await eventually('the quota controller to count', async () => (await quota()).used?.[key] !== undefined, 120_000);
    const before = Number((await quota()).used?.[key]);
    const many = async (which: Which): Promise<Answer[]> =>
      Promise.all(Array.from({ length: 16 }, (_, at) => create(which, { name: `many-${at}` })));
    const ours = await many('ours');
    const refused = ours.filter(({ status }) => status === 403);
    expect(ours.filter(({ status }) => status === 201)).toHaveLength(5 - before);
    expect(refused).toHaveLength(16 - (5 - before));
    expect((await quota()).used?.[key]).toBe('5');
    await many('crd');
    await same('over the quota', (which) => create(which, { name: 'more' }));
    await same('over the quota, dry', (which) => create(which, { name: 'more' }, '?dryRun=All'));
    for (const which of both) await ask(which, '', { method: 'DELETE' });
    await eventually('the quota to be replenished', async () => (await quota()).used?.[key] === '0', 120_000);
  }, 300_000);
});
