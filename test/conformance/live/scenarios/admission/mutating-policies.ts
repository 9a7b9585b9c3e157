/** MutatingAdmissionPolicies that change objects. */
import { app, apply, apps, merge, post, remove, setup, unseen, type LiveScenario } from '../../scenario.ts';
import { api, here, lifted, rule } from './setup.ts';
import { policyName, versioned } from './policies.ts';

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

export const mutatingPolicyScenarios: readonly LiveScenario[] = [changing];
