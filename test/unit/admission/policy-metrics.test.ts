/** The metrics of admission policies. Their names, labels and error types are those of kube-apiserver 1.37. */
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { AdmissionFixture, failure } from './fixture.ts';

const rule = { operations: ['*' as const], apiGroups: ['demo.example'], apiVersions: ['*'], resources: ['widgets'] };
const apiVersion = 'admissionregistration.k8s.io/v1';
const metadata = { name: 'p' };

let fixture: AdmissionFixture;
let now: number;
/** Two milliseconds go by whenever it is asked; evaluating asks it, too. */
const steps: Clock = { ...systemClock, monotonic: () => (now += 2) };
beforeEach(() => {
  now = 0;
  fixture = new AdmissionFixture(steps);
  fixture.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
});

/** The counters, and the durations that are not 0, without their prefix. */
async function counted(kind: 'validating' | 'mutating'): Promise<string[]> {
  const text = await fixture.metrics.text();
  const prefix = `apiserver_${kind}_admission_policy_check_`;
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
  const lasted = lines.filter((line) => line.startsWith('duration_seconds_sum') && !line.endsWith(' 0'));
  return [
    ...lines.filter((line) => line.startsWith('total')),
    ...lasted.map((line) => line.replace(/ [\d.]+$/, ' lasted')),
  ];
}

function validate(expression: string, actions: ('Deny' | 'Warn' | 'Audit')[], more: object = {}): void {
  fixture.policies.policies.put({
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata },
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression }], ...more },
  });
  fixture.policies.bindings.put({
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'b' } },
    spec: { policyName: 'p', validationActions: actions },
  });
}

const ofValidation = (error: string, action: string): string =>
  `policy="p",policy_binding="b",error_type="${error}",enforcement_action="${action}"`;

describe('a ValidatingAdmissionPolicy', () => {
  it('is not counted where it holds', async () => {
    validate('true', ['Deny']);
    await fixture.validate();
    expect(await counted('validating')).toEqual([]);
  });

  it('is counted where it is false, once for each action', async () => {
    validate('false', ['Warn', 'Audit']);
    await fixture.validate();
    expect(await counted('validating')).toEqual([
      `total{${ofValidation('invalid_error', 'warn')}} 1`,
      `total{${ofValidation('invalid_error', 'audit')}} 1`,
      `duration_seconds_sum{${ofValidation('invalid_error', 'warn')}} lasted`,
      `duration_seconds_sum{${ofValidation('invalid_error', 'audit')}} lasted`,
    ]);
  });

  it.each([
    ['object.metadata.nope == 1', 'invalid_error'],
    ['1 +', 'compile_error'],
  ])('is counted where it cannot be evaluated: %s', async (expression, type) => {
    validate(expression, ['Deny']);
    await failure(fixture.validate());
    expect(await counted('validating')).toContain(`total{${ofValidation(type, 'deny')}} 1`);
    validate(expression, ['Deny'], { failurePolicy: 'Ignore' });
    await fixture.validate();
    expect(await counted('validating')).toContain(`total{${ofValidation(type, 'allow')}} 1`);
  });

  it('is counted once where its validations cost too much together', async () => {
    const list = `[${Array.from({ length: 50 }, (_, at) => at).join(',')}]`;
    const expression = ['a', 'b', 'c'].reduce((inner, name) => `${list}.all(${name}, ${inner})`, 'true');
    validate(expression, ['Deny'], { validations: Array.from({ length: 40 }, () => ({ expression })) });
    await failure(fixture.validate());
    expect(await counted('validating')).toEqual([`total{${ofValidation('out_of_budget', 'deny')}} 1`]);
  });

  it('is counted where an audit annotation cannot be evaluated', async () => {
    validate('true', ['Audit'], { auditAnnotations: [{ key: 'a', valueExpression: 'object.metadata.nope' }] });
    await failure(fixture.validate());
    expect(await counted('validating')).toEqual([
      `total{${ofValidation('invalid_error', 'deny')}} 1`,
      `duration_seconds_sum{${ofValidation('invalid_error', 'deny')}} lasted`,
    ]);
  });
});

describe('a MutatingAdmissionPolicy', () => {
  function mutate(...expressions: string[]): void {
    fixture.mutations.policies.put({
      ...{ apiVersion, kind: 'MutatingAdmissionPolicy', metadata },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        failurePolicy: 'Ignore',
        mutations: expressions.map((expression) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })),
      },
    });
    fixture.mutations.bindings.put({
      ...{ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata: { name: 'b' } },
      spec: { policyName: 'p' },
    });
  }
  const ofMutation = (error: string): string => `policy="p",policy_binding="b",error_type="${error}"`;

  it('is counted for each of its mutations, also where failures are ignored', async () => {
    const label = "JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}";
    mutate('[]', `[${label}]`, '[object.metadata.nope]', '[Nope{}]', "[JSONPatch{op: 'remove', path: '/nope'}]");
    await fixture.mutate();
    expect(await counted('mutating')).toEqual([
      `total{${ofMutation('no_error')}} 2`,
      `total{${ofMutation('invalid_error')}} 2`,
      `total{${ofMutation('compile_error')}} 1`,
      `duration_seconds_sum{${ofMutation('no_error')}} lasted`,
      `duration_seconds_sum{${ofMutation('invalid_error')}} lasted`,
      `duration_seconds_sum{${ofMutation('compile_error')}} lasted`,
    ]);
  });
});
