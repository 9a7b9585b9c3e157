/** ValidatingAdmissionPolicies that deny, warn and audit. */
import {
  app,
  apply,
  apps,
  jsonPatch,
  merge,
  post,
  putEdited,
  remove,
  setup,
  unseen,
  type LiveRequest,
  type LiveScenario,
} from '../../scenario.ts';
import { api, here, lifted, rule } from './setup.ts';

const policies = `${api}/validatingadmissionpolicies`;
export const policyName = 'live-NAMESPACE';
export const policy = (spec: object): LiveRequest =>
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
export const bound = (validationActions: readonly string[]): LiveRequest =>
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
export const without: LiveScenario['steps'] = {
  'no binding': setup(remove(`${api}/validatingadmissionpolicybindings/${policyName}`)),
  'no policy': setup(remove(`${policies}/${policyName}`)),
  'not in force': lifted(post(apps(), app('lifted', { spec: { version: 'bad' } }), { dryRun: 'All' })),
};
export const versioned = (version: string, query: Readonly<Record<string, string>> = { dryRun: 'All' }): LiveRequest =>
  post(apps(), app('one', { spec: { version } }), query);
export const refused = (request: LiveRequest): LiveRequest => ({ ...request, until: ({ status }) => status >= 400 });

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

export const policyScenarios: readonly LiveScenario[] = [denying, warning, variables];
