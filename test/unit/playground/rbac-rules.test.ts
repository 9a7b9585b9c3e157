import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../../src/clients/contract.ts';
import type { PolicyRule } from '../../../src/playground/kinds.ts';
import { describeRules, missingRules, ruleAllows } from '../../../src/playground/rbac/rules.ts';

const user = { name: 'joe', groups: [] };
const of = (verb: string, what: string, name = ''): AccessRequest => {
  const [group = '', rest = ''] = what.includes('|') ? what.split('|') : ['', what];
  const [resource = '', subresource = ''] = rest.split('/');
  return { user, verb, resource: { group, version: 'v1', resource, subresource, namespace: 'default', name } };
};
const about = (rule: Partial<PolicyRule>): PolicyRule => ({
  verbs: ['get'],
  apiGroups: [''],
  resources: ['pods'],
  ...rule,
});

describe('a rule about resources allows', () => {
  it.each<[string, PolicyRule, AccessRequest, boolean]>([
    ['its verb', about({}), of('get', 'pods'), true],
    ['no other verb', about({}), of('list', 'pods'), false],
    ['any verb, with a star', about({ verbs: ['*'] }), of('impersonate', 'pods'), true],
    ['no other group', about({}), of('get', 'metrics.k8s.io|pods'), false],
    ['any group, with a star', about({ apiGroups: ['*'] }), of('get', 'metrics.k8s.io|pods'), true],
    ['no subresource', about({}), of('get', 'pods/log'), false],
    ['a subresource that it names', about({ resources: ['pods/log'] }), of('get', 'pods/log'), true],
    ['no resource if it names only a subresource of it', about({ resources: ['pods/log'] }), of('get', 'pods'), false],
    ['a subresource of any resource, with a star', about({ resources: ['*/scale'] }), of('get', 'pods/scale'), true],
    [
      'no other subresource, with a star for the resource',
      about({ resources: ['*/scale'] }),
      of('get', 'pods/log'),
      false,
    ],
    [
      'no resource without the subresource, with a star for the resource',
      about({ resources: ['*/scale'] }),
      of('get', 'pods'),
      false,
    ],
    ['everything, with a star', about({ resources: ['*'] }), of('get', 'pods/log'), true],
    ['a name that it names', about({ resourceNames: ['web'] }), of('get', 'pods', 'web'), true],
    ['no other name', about({ resourceNames: ['web'] }), of('get', 'pods', 'db'), false],
    ['no request without a name if it names some', about({ resourceNames: ['web'] }), of('get', 'pods'), false],
    ['no path', about({ resources: ['*'] }), { user, verb: 'get', path: '/version' }, false],
  ])('%s', (_what, rule, request, expected) => {
    expect(ruleAllows(rule, request)).toBe(expected);
  });
});

describe('a rule about paths allows', () => {
  it.each<[string, string, boolean]>([
    ['/version', '/version', true],
    ['/version', '/version/', false],
    ['/openapi/*', '/openapi/v3', true],
    ['/openapi/*', '/openapi', false],
    ['*', '/anything', true],
    ['/a*', '/ab/c', true],
  ])('%s: %s %s', (url, path, expected) => {
    expect(ruleAllows({ verbs: ['get'], nonResourceURLs: [url] }, { user, verb: 'get', path })).toBe(expected);
    expect(ruleAllows({ verbs: ['get'], nonResourceURLs: [url] }, of('get', 'pods'))).toBe(false);
  });
});

describe('the rules of a grant that its author does not have', () => {
  const missing = (held: readonly PolicyRule[], wanted: PolicyRule): string[] =>
    describeRules(missingRules(held, [wanted]));

  it('are none if the author has all of them, also in several rules', () => {
    expect(missing([about({ verbs: ['get', 'list'] })], about({}))).toEqual([]);
    expect(missing([about({}), about({ verbs: ['list'] })], about({ verbs: ['get', 'list'] }))).toEqual([]);
    expect(missing([about({ resources: ['*/scale'] })], about({ resources: ['statefulsets/scale'] }))).toEqual([]);
    expect(missing([about({})], about({ resourceNames: ['web'] }))).toEqual([]);
    expect(
      missing([{ verbs: ['*'], nonResourceURLs: ['/a/*'] }], { verbs: ['get'], nonResourceURLs: ['/a/b'] }),
    ).toEqual([]);
  });

  it('are listed with their verbs, one rule for each resource, in alphabetical order', () => {
    expect(missing([], about({ resources: ['pods', 'nodes'], verbs: ['get', 'list'] }))).toEqual([
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    ]);
    expect(missing([], { verbs: ['*'], nonResourceURLs: ['*'] })).toEqual(['{NonResourceURLs:["*"], Verbs:["*"]}']);
    expect(missing([about({ resourceNames: ['web'] })], about({}))).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ]);
    expect(missing([about({ resourceNames: ['web'] })], about({ resourceNames: ['web', 'db'] }))).toEqual([
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["db"], Verbs:["get"]}',
    ]);
    expect(missing([about({ resources: ['pods/*'] })], about({ resources: ['pods/log'] }))).toHaveLength(1);
  });
});
