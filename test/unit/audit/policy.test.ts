import { describe, expect, it } from 'vitest';
import { AuditPolicyError, parseAuditPolicy } from '../../../src/apiserver/audit/policy-file.ts';
import { createPolicyEvaluator } from '../../../src/apiserver/audit/policy.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';
import type { UserInfo } from '../../../src/meta/user.ts';

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';
const jane: UserInfo = { name: 'jane', groups: ['developers', 'system:authenticated'] };

function parse(text: string, warnings: string[] = []) {
  return parseAuditPolicy(text, (message) => warnings.push(message));
}

function levelOf(rules: string, [method, url]: [string, string], user: UserInfo | undefined = jane): string {
  return createPolicyEvaluator(parse(`${head}rules:\n${rules}`))(parseRequestInfo(method, url), user).level;
}

function problemOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AuditPolicyError) return error.message;
    throw error;
  }
  return '';
}

const pods = '/api/v1/namespaces/default/pods';

describe('an audit policy', () => {
  it('is decided by the first rule that matches, and audits nothing where none does', () => {
    const rules = '- {level: None, users: [jane], verbs: [list]}\n- {level: Request, users: [jane]}';
    expect(levelOf(rules, ['GET', pods])).toBe('None');
    expect(levelOf(rules, ['POST', pods])).toBe('Request');
    expect(levelOf(rules, ['POST', pods], { name: 'joe', groups: [] })).toBe('None');
  });

  it('tells groups of users apart, and knows none of a caller who is not known', () => {
    const rules = '- {level: Metadata, userGroups: [admins, developers]}';
    expect(levelOf(rules, ['GET', pods])).toBe('Metadata');
    expect(levelOf(rules, ['GET', pods], { name: 'joe', groups: ['others'] })).toBe('None');
    const evaluate = createPolicyEvaluator(parse(`${head}rules:\n${rules}\n- {level: Request, verbs: [list]}`));
    expect(evaluate(parseRequestInfo('GET', pods), undefined).level).toBe('Request');
  });

  it.each([
    ['[pods]', ['', '/log'], [true, false]],
    ['[pods/log]', ['', '/log', '/exec'], [false, true, false]],
    ['["*/log"]', ['', '/log', '/exec'], [false, true, false]],
    ['["pods/*"]', ['', '/log'], [true, true]],
    ['["*"]', ['', '/log'], [true, true]],
    ['[]', ['', '/log'], [true, true]],
    ['[services]', ['', '/log'], [false, false]],
  ])('matches resources %s', (resources, subresources, expected) => {
    const rules = `- {level: Metadata, resources: [{group: "", resources: ${resources}}]}`;
    const found = subresources.map((subresource) => levelOf(rules, ['GET', `${pods}/a${subresource}`]) !== 'None');
    expect(found).toEqual(expected);
  });

  it('matches groups, names and namespaces', () => {
    const ofGroup = '- {level: Metadata, resources: [{group: demo.example}]}';
    expect(levelOf(ofGroup, ['GET', '/apis/demo.example/v1/widgets'])).toBe('Metadata');
    expect(levelOf(ofGroup, ['GET', pods])).toBe('None');
    expect(levelOf('- {level: Metadata, resources: [{group: "*"}]}', ['GET', pods])).toBe('Metadata');
    const named = '- {level: Metadata, resources: [{resources: [pods], resourceNames: [a]}]}';
    expect(levelOf(named, ['GET', `${pods}/a`])).toBe('Metadata');
    expect(levelOf(named, ['GET', `${pods}/b`])).toBe('None');
    const clusterScoped = '- {level: Metadata, namespaces: [""]}';
    expect(levelOf(clusterScoped, ['GET', '/api/v1/nodes'])).toBe('Metadata');
    expect(levelOf(clusterScoped, ['GET', pods])).toBe('None');
    expect(levelOf(clusterScoped, ['GET', '/metrics'])).toBe('None');
  });

  it('matches paths that are no resources, the last star standing for anything', () => {
    const rules = '- {level: Metadata, nonResourceURLs: ["/healthz*", /version]}';
    for (const path of ['/healthz', '/healthz/ping', '/version'])
      expect(levelOf(rules, ['GET', path])).toBe('Metadata');
    for (const path of ['/version/more', '/metrics', pods]) expect(levelOf(rules, ['GET', path])).toBe('None');
    expect(levelOf('- {level: Metadata, nonResourceURLs: ["*"]}', ['GET', '/metrics'])).toBe('Metadata');
  });

  it('adds the stages a rule omits to those it omits itself, and lets a rule keep managed fields', () => {
    const policy = parse(
      `${head}omitStages: [RequestReceived]\nomitManagedFields: true\nrules:\n` +
        '- {level: Request, verbs: [get], omitStages: [Panic], omitManagedFields: false}\n- {level: Metadata}',
    );
    const evaluate = createPolicyEvaluator(policy);
    const get = evaluate(parseRequestInfo('GET', `${pods}/a`), jane);
    expect([...get.omitStages].sort()).toEqual(['Panic', 'RequestReceived']);
    expect(get.omitManagedFields).toBe(false);
    const list = evaluate(parseRequestInfo('GET', pods), jane);
    expect([...list.omitStages]).toEqual(['RequestReceived']);
    expect(list.omitManagedFields).toBe(true);
  });
});

describe('a policy file', () => {
  it('names the field of everything that is wrong', () => {
    const rules = [
      '- {level: Metadata, nonResourceURLs: [healthz, "/a*b"], namespaces: [x]}',
      '- {level: Metadata, resources: [{group: "g/v1"}, {group: "", resourceNames: [a]}]}',
    ].join('\n');
    const problem = problemOf(`${head}rules:\n${rules}`);
    expect(problem).toContain(
      'rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin',
    );
    expect(problem).toContain('rules[0].nonResourceURLs[1]: Invalid value: "/a*b"');
    expect(problem).toContain('rules cannot apply to both regular resources and non-resource URLs');
    expect(problem).toContain('rules[1].resources[0].group: Invalid value: "g/v1"');
    expect(problem).toContain('rules[1].resources[1].resourceNames');
  });

  it.each([
    [
      'a level that there is not',
      `${head}rules: [{level: Everything}]`,
      'rules[0].level: Unsupported value: "Everything"',
    ],
    ['no level', `${head}rules: [{}]`, 'rules[0].level: Required value'],
    ['a stage that there is not', `${head}rules: [{level: None, omitStages: [End]}]`, 'rules[0].omitStages[0]'],
    ['no rules', `${head}rules: []`, 'rules'],
    ['another version', 'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]', 'apiVersion'],
    ['another type', `${head}rules: [{level: None, users: jane}]`, 'rules[0].users'],
    ['no YAML', 'rules: [', 'cannot be read: yaml: line 1'],
    ['nothing', '', 'the audit policy'],
  ])('is refused for %s', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it('may have fields that are not known, of which it warns, and nulls for what is absent', () => {
    const warnings: string[] = [];
    const policy = parse(`${head}rules: [{level: Metadata, verb: [get], users: null}]`, warnings);
    expect(warnings).toEqual(['audit policy: unknown field "rules[0].verb"']);
    expect(policy.rules).toEqual([{ level: 'Metadata' }]);
  });
});
