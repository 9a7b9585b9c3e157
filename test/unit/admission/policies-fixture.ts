/** ValidatingAdmissionPolicies and their bindings. */
import { beforeEach } from 'vitest';
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../src/apis/kubernetes/types.ts';
import { AdmissionFixture, failure } from './fixture.ts';

export type PolicySpec = ValidatingAdmissionPolicy['spec'];
export type BindingSpec = ValidatingAdmissionPolicyBinding['spec'];

export let fixture: AdmissionFixture;

export function setFixture(next: AdmissionFixture): void {
  fixture = next;
}

export const rule = {
  operations: ['*' as const],
  apiGroups: ['demo.example'],
  apiVersions: ['*'],
  resources: ['widgets'],
};

export function policy(spec: PolicySpec, name = 'p'): ValidatingAdmissionPolicy {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [rule] }, ...spec },
  };
}

export function binding(spec: Partial<BindingSpec> = {}, name = 'b'): ValidatingAdmissionPolicyBinding {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
  };
}

export function force(spec: PolicySpec, bound: Partial<BindingSpec> = {}): void {
  fixture.policies.policies.put(policy(spec));
  fixture.policies.bindings.put(binding(bound));
}

export function namespace(name: string, labels: Record<string, string>) {
  return { apiVersion: 'v1' as const, kind: 'Namespace' as const, metadata: { name, labels } };
}

export const message = async (): Promise<string> => (await failure(fixture.validate())).message;
export const denied = (why: string): string =>
  `widgets.demo.example "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;

/** Gives each test of the file that calls this an admission of its own. */
export function eachWithPolicies(): void {
  beforeEach(() => {
    fixture = new AdmissionFixture();
    fixture.namespaces.put(namespace('default', { team: 'a' }));
  });
}
