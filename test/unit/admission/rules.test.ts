import { describe, expect, it } from 'vitest';
import { ruleMatches, ruleNamesGroup } from '../../../src/apiserver/admission/rules.ts';
import type { WebhookRule } from '../../../src/apis/kubernetes/types.ts';

const request = {
  operation: 'UPDATE' as const,
  resource: { group: 'demo.example', version: 'v1', resource: 'widgets' },
  subresource: '',
  namespace: 'default',
};
const all: WebhookRule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] };

describe('a rule', () => {
  it.each<[string, Partial<WebhookRule>, boolean]>([
    ['everything', {}, true],
    ['its operation among others', { operations: ['CREATE', 'UPDATE'] }, true],
    ['another operation', { operations: ['CREATE'] }, false],
    ['its group', { apiGroups: ['demo.example'] }, true],
    ['another group', { apiGroups: ['', 'apps'] }, false],
    ['its version', { apiVersions: ['v1'] }, true],
    ['another version', { apiVersions: ['v2'] }, false],
    ['its resource', { resources: ['widgets'] }, true],
    ['another resource', { resources: ['racks'] }, false],
    ['subresources of all', { resources: ['*/scale'] }, false],
    ['all with their subresources', { resources: ['*/*'] }, true],
    ['its resource with subresources', { resources: ['widgets/*'] }, true],
    ['no resource', { resources: [] }, false],
    ['namespaced resources', { scope: 'Namespaced' }, true],
    ['resources of the cluster', { scope: 'Cluster' }, false],
    ['any scope', { scope: '*' }, true],
  ])('for %s', (_, part, expected) => {
    expect(ruleMatches({ ...all, ...part }, request)).toBe(expected);
  });

  it.each<[string[], string, boolean]>([
    [['*'], 'scale', false],
    [['widgets'], 'scale', false],
    [['widgets/scale'], 'scale', true],
    [['widgets/scale'], 'status', false],
    [['widgets/*'], 'status', true],
    [['*/scale'], 'scale', true],
    [['*/*'], 'scale', true],
    [['racks/*'], 'scale', false],
  ])('of %j is for the subresource %s: %s', (resources, subresource, expected) => {
    expect(ruleMatches({ ...all, resources }, { ...request, subresource })).toBe(expected);
  });

  it('for the cluster does not match what is in a namespace, and the other way round', () => {
    const ofCluster = { ...request, namespace: '' };
    expect(ruleMatches({ ...all, scope: 'Cluster' }, ofCluster)).toBe(true);
    expect(ruleMatches({ ...all, scope: 'Namespaced' }, ofCluster)).toBe(false);
  });

  it('that names nothing is for nothing', () => {
    expect(ruleMatches({}, request)).toBe(false);
    expect(ruleNamesGroup({}, 'demo.example')).toBe(false);
  });
});
