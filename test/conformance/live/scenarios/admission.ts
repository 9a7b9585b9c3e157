/** Webhooks and policies of the cluster that refuse, change and warn. */
import {
  app,
  apply,
  apps,
  get,
  jsonPatch,
  merge,
  post,
  putEdited,
  remove,
  setup,
  unseen,
  type LiveRequest,
  type LiveScenario,
} from '../scenario.ts';

const api = '/apis/admissionregistration.k8s.io/v1';
const here = { matchLabels: { 'kubernetes.io/metadata.name': 'NAMESPACE' } };
const rule = { apiGroups: ['GROUP'], apiVersions: ['*'], operations: ['*'], resources: ['kubedirectorapps'] };

type Type = 'mutating' | 'validating';
const collection = (type: Type): string => `${api}/${type}webhookconfigurations`;
const webhook = (name: string, more: object): object => ({
  name: `${name}.live.example`,
  clientConfig: { url: `WEBHOOK/${name}`, caBundle: 'WEBHOOK_CA' },
  ...{
    rules: [rule],
    namespaceSelector: here,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
  },
  ...more,
});
/** A webhook configuration that selects objects with the label `ask`. */
const configuration = (type: Type, names: readonly string[], more: object = {}): LiveRequest =>
  setup(
    post(collection(type), {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: type === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration',
      metadata: { name: `NAMESPACE-${type}` },
      webhooks: names.map((name) => webhook(name, { objectSelector: { matchLabels: { ask: name } }, ...more })),
    }),
  );
const labelled = (ask: string, more: object = {}): object => app('one', { metadata: { labels: { ask } }, ...more });
const created = (ask: string, query: Readonly<Record<string, string>> = { dryRun: 'All' }): LiveRequest =>
  post(apps(), labelled(ask), query);
/** Repeated until nothing refuses, changes or warns any longer. @param request a creation as a dry run, of a new name */
const lifted = (request: LiveRequest): LiveRequest => ({
  ...unseen(request),
  until: ({ status, headers, text }) =>
    status < 300 && headers['warning'] === undefined && !text.includes('"changed":"yes"'),
});
const inForce = (ask: string): LiveRequest => unseen({ ...created(ask), until: ({ status }) => status >= 400 });
/** Deletes the configuration, and waits: a server observes this later, and the next scenario has the same namespace. */
const gone = (type: Type): LiveScenario['steps'] => ({
  'no webhooks': setup(remove(`${collection(type)}/NAMESPACE-${type}`)),
  'they are no longer in force': lifted(
    post(apps(), app('lifted', { metadata: { labels: { ask: 'refuse' } } }), { dryRun: 'All' }),
  ),
});

const validating: LiveScenario = {
  name: 'validating webhooks',
  steps: {
    webhooks: configuration('validating', [
      'allow',
      'warn',
      'refuse-with-message',
      'refuse-with-status',
      'broken',
      'nonsense',
      'refuse',
    ]),
    'they are in force': inForce('refuse'),
    refused: created('refuse'),
    'refused with a message': created('refuse-with-message'),
    'refused with a status': created('refuse-with-status'),
    allowed: created('allow'),
    warned: created('warn'),
    'a broken webhook': created('broken'),
    'a webhook that answers nonsense': created('nonsense'),
    'not valid, and refused': post(apps(), labelled('refuse', { spec: { configSchemaVersion: 'seven' } })),
    create: created('allow', {}),
    'a change that is refused': merge(apps('one'), { metadata: { labels: { ask: 'refuse' } } }),
    'an apply that is refused': apply(apps('one'), 'me', labelled('refuse')),
    'an apply that creates and is refused': apply(apps('two'), 'me', {
      ...labelled('refuse'),
      metadata: { name: 'two', labels: { ask: 'refuse' } },
    }),
    'a deletion that is allowed': remove(apps('one'), undefined, { dryRun: 'All' }),
    ...gone('validating'),
  },
};

const refusing: LiveScenario = {
  name: 'webhooks that refuse deletions',
  steps: {
    create: post(apps(), labelled('refuse')),
    webhooks: configuration('validating', ['refuse'], { rules: [{ ...rule, operations: ['DELETE'] }] }),
    refused: { ...remove(apps('one'), undefined, { dryRun: 'All' }), until: ({ status }) => status >= 400 },
    'refused for all': remove(apps()),
    'it is there': get(apps('one')),
    ...gone('validating'),
    deleted: { ...unseen(remove(apps('one'))), until: ({ status }) => status < 300 || status === 404 },
  },
};

const ignoring: LiveScenario = {
  name: 'webhooks whose failures are ignored',
  steps: {
    webhooks: configuration('validating', ['broken', 'refuse'], { failurePolicy: 'Ignore' }),
    'they are in force': inForce('refuse'),
    ignored: created('broken'),
    ...gone('validating'),
  },
};

const conditions: LiveScenario = {
  name: 'webhooks with side effects and conditions',
  steps: {
    webhooks: configuration('validating', ['refuse'], {
      matchConditions: [{ name: 'not-two', expression: 'object.metadata.name != "two"' }],
    }),
    'they are in force': inForce('refuse'),
    met: created('refuse'),
    'not met': post(
      apps(),
      { ...labelled('refuse'), metadata: { name: 'two', labels: { ask: 'refuse' } } },
      { dryRun: 'All' },
    ),
    ...gone('validating'),
  },
};

const mutating: LiveScenario = {
  name: 'mutating webhooks',
  steps: {
    webhooks: configuration('mutating', [
      'label',
      'unfit',
      'bad-patch',
      'warn',
      'refuse',
      'refuse-with-status',
      'broken',
    ]),
    'they are in force': inForce('refuse'),
    changed: created('label'),
    refused: created('refuse'),
    'refused with a status': created('refuse-with-status'),
    'made unfit': created('unfit'),
    'a patch that does not fit': created('bad-patch'),
    warned: created('warn'),
    broken: created('broken'),
    create: created('label', { fieldManager: 'me' }),
    'a change': merge(
      apps('one'),
      { metadata: { labels: { ask: 'label' } }, spec: { version: '2' } },
      { fieldManager: 'me' },
    ),
    'an apply': apply(apps('one'), 'applier', {
      apiVersion: 'GROUP/v1beta1',
      kind: 'KubeDirectorApp',
      metadata: { name: 'one', labels: { ask: 'label' } },
    }),
    'a replacement': putEdited(apps('one'), 'an apply', { spec: { version: '3' } }, { dryRun: 'All' }),
    ...gone('mutating'),
  },
};

const policies = `${api}/validatingadmissionpolicies`;
const policyName = 'live-NAMESPACE';
const policy = (spec: object): LiveRequest =>
  setup(
    post(policies, {
      ...{
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: policyName },
      },
      spec: { matchConstraints: { resourceRules: [rule], namespaceSelector: here }, ...spec },
    }),
  );
const bound = (validationActions: readonly string[]): LiveRequest =>
  setup(
    post(`${api}/validatingadmissionpolicybindings`, {
      ...{
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: policyName },
      },
      spec: { policyName, validationActions },
    }),
  );
const without: LiveScenario['steps'] = {
  'no binding': setup(remove(`${api}/validatingadmissionpolicybindings/${policyName}`)),
  'no policy': setup(remove(`${policies}/${policyName}`)),
  'not in force': lifted(post(apps(), app('lifted', { spec: { version: 'bad' } }), { dryRun: 'All' })),
};
const versioned = (version: string, query: Readonly<Record<string, string>> = { dryRun: 'All' }): LiveRequest =>
  post(apps(), app('one', { spec: { version } }), query);
const refused = (request: LiveRequest): LiveRequest => ({ ...request, until: ({ status }) => status >= 400 });

const denying: LiveScenario = {
  name: 'policies that deny',
  steps: {
    create: post(apps(), app('one')),
    'a policy': policy({
      validations: [
        { expression: 'object.spec.version != "bad"', message: 'a bad version' },
        {
          expression: 'object.spec.version != "worse"',
          messageExpression: '"not " + object.spec.version',
          reason: 'Forbidden',
        },
        { expression: 'object.spec.version != "large"', reason: 'RequestEntityTooLarge', message: 'too large' },
        { expression: 'object.spec.version != "plain"' },
        { expression: 'object.spec.missing.field == 1 || object.spec.version != "error"' },
        { expression: '!(object.spec.version in ["both", "two"])', message: 'first' },
        { expression: '!(object.spec.version in ["both", "two"])', message: 'second' },
      ],
    }),
    'a binding': bound(['Deny']),
    'a message': refused(post(apps(), app('new', { spec: { version: 'bad' } }), { dryRun: 'All' })),
    'a message that is made, and a reason': post(apps(), app('new', { spec: { version: 'worse' } }), { dryRun: 'All' }),
    'too large': post(apps(), app('new', { spec: { version: 'large' } }), { dryRun: 'All' }),
    'no message': post(apps(), app('new', { spec: { version: 'plain' } }), { dryRun: 'All' }),
    'an error': post(apps(), app('new', { spec: { version: 'error' } }), { dryRun: 'All' }),
    'two that fail': post(apps(), app('new', { spec: { version: 'both' } }), { dryRun: 'All' }),
    'by a merge patch': merge(apps('one'), { spec: { version: 'bad' } }),
    'by a JSON patch': jsonPatch(apps('one'), [{ op: 'replace', path: '/spec/version', value: 'bad' }]),
    'by apply': apply(apps('one'), 'me', app('one', { spec: { version: 'bad' } }), { force: 'true' }),
    'by PUT': putEdited(apps('one'), 'create', { spec: { version: 'bad' } }),
    'not valid, and denied': post(apps(), app('New', { spec: { version: 'bad' } })),
    ...without,
  },
};

const warning: LiveScenario = {
  name: 'policies that warn and audit',
  steps: {
    'a policy': policy({
      validations: [
        { expression: 'object.spec.version != "bad"', message: 'a "bad" version' },
        { expression: 'object.spec.version != "bad"' },
      ],
      auditAnnotations: [{ key: 'version', valueExpression: '"version " + string(object.spec.version)' }],
    }),
    'a binding': bound(['Warn', 'Audit']),
    warned: { ...versioned('bad'), until: ({ headers }) => headers['warning'] !== undefined },
    'not warned': versioned('good'),
    ...without,
  },
};

const variables: LiveScenario = {
  name: 'policies with variables and conditions',
  steps: {
    create: post(apps(), app('one')),
    'a policy': policy({
      variables: [{ name: 'isNew', expression: 'request.operation == "CREATE"' }],
      matchConditions: [{ name: 'not-free', expression: 'object == null || object.metadata.name != "free"' }],
      validations: [
        {
          expression: '!variables.isNew || namespaceObject.metadata.name != "NAMESPACE"',
          messageExpression: '"by " + request.resource.resource',
        },
        {
          expression: 'request.operation != "UPDATE" || oldObject.spec.version == object.spec.version',
          message: 'versions stay',
        },
        { expression: 'request.operation != "DELETE"', message: 'nothing is deleted' },
      ],
    }),
    'a binding': bound(['Deny']),
    'a creation': refused(post(apps(), app('two'), { dryRun: 'All' })),
    'a change': merge(apps('one'), { spec: { version: '2' } }),
    'another change': merge(apps('one'), { metadata: { labels: { a: 'b' } } }, { dryRun: 'All' }),
    'a deletion': remove(apps('one'), undefined, { dryRun: 'All' }),
    'what is free': post(apps(), app('free'), { dryRun: 'All' }),
    ...without,
    deleted: unseen({ ...remove(apps('one')), until: ({ status }) => status < 300 || status === 404 }),
  },
};

const mutations = (spec: object): LiveScenario['steps'] => ({
  'a policy': setup(
    post(`${api}/mutatingadmissionpolicies`, {
      ...{
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: policyName },
      },
      spec: {
        matchConstraints: { resourceRules: [{ ...rule, operations: ['CREATE', 'UPDATE'] }], namespaceSelector: here },
        ...{ reinvocationPolicy: 'Never', failurePolicy: 'Fail', ...spec },
      },
    }),
  ),
  'a binding': setup(
    post(`${api}/mutatingadmissionpolicybindings`, {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingAdmissionPolicyBinding' },
      ...{ metadata: { name: policyName }, spec: { policyName } },
    }),
  ),
});
const unmutated: LiveScenario['steps'] = {
  'no binding': setup(remove(`${api}/mutatingadmissionpolicybindings/${policyName}`)),
  'no policy': setup(remove(`${api}/mutatingadmissionpolicies/${policyName}`)),
  'not in force': lifted(post(apps(), app('lifted'), { dryRun: 'All' })),
};
const jsonPatches = (expression: string): object => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const applied = (expression: string): object => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
});

const changing: LiveScenario = {
  name: 'policies that change objects',
  steps: {
    ...mutations({
      mutations: [
        applied('Object{metadata: Object.metadata{labels: Object.metadata.labels{changed: "yes"}}}'),
        jsonPatches(
          'object.spec.version == "plain" ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {"by": request.operation}}] : []',
        ),
        jsonPatches(
          'object.spec.version == "unfit" ? [JSONPatch{op: "replace", path: "/spec/configSchemaVersion", value: "seven"}] : []',
        ),
        jsonPatches('object.spec.version == "lost" ? [JSONPatch{op: "remove", path: "/spec/nothing/here"}] : []'),
        jsonPatches(
          'object.spec.version == "error" ? [JSONPatch{op: "add", path: "/spec/version", value: object.spec.missing}] : []',
        ),
      ],
    }),
    'in force': { ...unseen(versioned('any')), until: ({ text }) => text.includes('"changed":"yes"') },
    'by a configuration': versioned('any'),
    'by a patch': versioned('plain'),
    'made unfit': versioned('unfit'),
    'a patch that does not fit': versioned('lost'),
    'an expression that fails': versioned('error'),
    create: versioned('any', { fieldManager: 'me' }),
    'a change': merge(apps('one'), { spec: { version: 'plain' } }, { fieldManager: 'me' }),
    'an apply': apply(apps('one'), 'applier', app('one', { spec: { version: 'plain' } })),
    ...unmutated,
  },
};

export const admissionScenarios: readonly LiveScenario[] = [
  validating,
  refusing,
  ignoring,
  conditions,
  mutating,
  denying,
  warning,
  variables,
  changing,
];
