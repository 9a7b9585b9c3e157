/** Which requests webhooks and policies are asked about: rules, matchPolicy and subresources. */
import { app, apps, clusters, merge, post, put, unseen, type LiveRequest, type LiveScenario } from '../../scenario.ts';
import { custom, running, scalableApp, scale, scaled } from '../scaled.ts';
import { configured, created, gone, inForce, webhook } from './configurations.ts';
import { bound, policy, refused, without } from './policies.ts';
import { here, rule } from './setup.ts';

const refuse = { clientConfig: { url: 'WEBHOOK/refuse', caBundle: 'WEBHOOK_CA' } };
/** It refuses what its rule matches. @param more fields of the webhook */
const refusing = (name: string, matched: object, more: object = {}): object =>
  webhook(name, { ...refuse, rules: [{ ...rule, ...matched }], ...more });

/** Rules of apps by a description, with fields of their webhooks. */
const rulesOfApps: Readonly<Record<string, readonly [matched: object, more?: object]>> = {
  refuse: [{}],
  'another-version': [{ apiVersions: ['v1'] }, { matchPolicy: 'Equivalent' }],
  'another-version-exactly': [{ apiVersions: ['v1'] }, { matchPolicy: 'Exact' }],
  'this-version-exactly': [{ apiVersions: ['v1', 'v1beta1'] }, { matchPolicy: 'Exact' }],
  'another-group': [{ apiGroups: ['apps'] }, { matchPolicy: 'Equivalent' }],
  'all-groups': [{ apiGroups: ['*'] }],
  'all-resources': [{ resources: ['*'] }],
  'all-with-subresources': [{ resources: ['*/*'] }],
  'subresources-of-apps': [{ resources: ['kubedirectorapps/*'] }],
  'one-subresource': [{ resources: ['kubedirectorapps/status'] }],
  'one-subresource-of-all': [{ resources: ['*/status'] }],
  'objects-of-the-cluster': [{ scope: 'Cluster' }],
  'objects-of-namespaces': [{ scope: 'Namespaced' }],
  'another-operation': [{ operations: ['UPDATE', 'DELETE', 'CONNECT'] }],
};

const rules: LiveScenario = {
  name: 'rules of webhooks',
  steps: {
    webhooks: configured(
      'validating',
      Object.entries(rulesOfApps).map(([name, [matched, more]]) =>
        refusing(name, matched, { objectSelector: { matchLabels: { ask: name } }, ...more }),
      ),
    ),
    'they are in force': inForce('refuse'),
    ...Object.fromEntries(Object.keys(rulesOfApps).map((name) => [name, created(name)])),
    ...gone('validating'),
  },
};

const one = clusters('one');
const dryRun = { dryRun: 'All' };
const dry = {
  change: merge(one, { metadata: { labels: { changed: 'no' } } }, dryRun),
  status: merge(`${one}/status`, { status: { state: 'creating' } }, dryRun),
  scale: put(scale, scaled(1), dryRun),
};
/** Only whether a webhook refuses it: the controller writes the rest. */
const allowed = (request: LiveRequest): LiveRequest => ({
  ...request,
  only: (body) => ((body as { kind?: string }).kind === 'Status' ? body : 'allowed'),
});

/**
 * Writes of a cluster, its status and its scale, with a webhook for one of them.
 * @param asked the write that it is for
 */
const ofSubresources = (name: string, asked: keyof typeof dry, webhooks: readonly object[]): LiveScenario => ({
  name: `webhooks of ${name}`,
  othersWrite: true,
  steps: {
    'an app': unseen(post(apps(), scalableApp)),
    create: {
      ...unseen(post('/apis/GROUP/v1beta1/namespaces/NAMESPACE/kubedirectorclusters', running(0))),
      ofCustomResource: custom,
    },
    webhooks: configured('validating', webhooks),
    'they are in force': unseen(refused(dry[asked])),
    'a change of the cluster': allowed(dry.change),
    'a change of its status': allowed(dry.status),
    'a change of its scale': allowed(dry.scale),
    ...gone('validating', dry[asked]),
  },
});
const clustersOnly = { resources: ['kubedirectorclusters'], operations: ['UPDATE'] };
const ofUser = { matchConditions: [{ name: 'dry-runs', expression: 'request.dryRun' }] };

const subresources: readonly LiveScenario[] = [
  ofSubresources('clusters', 'change', [
    refusing('clusters', clustersOnly, { matchPolicy: 'Equivalent', ...ofUser }),
    refusing('other-version', { ...clustersOnly, apiVersions: ['v2'] }, { matchPolicy: 'Equivalent', ...ofUser }),
  ]),
  ofSubresources('the status of clusters', 'status', [
    refusing('status', { resources: ['kubedirectorclusters/status'] }, { matchPolicy: 'Exact', ...ofUser }),
  ]),
  ofSubresources('all scales', 'scale', [
    refusing('scales', { resources: ['*/scale'], apiGroups: ['*'] }, { matchPolicy: 'Exact', ...ofUser }),
    // The group and version of the body are not those of the request.
    refusing('scale-kind', { resources: ['scales', '*/scales'], apiGroups: ['autoscaling'] }, ofUser),
    refusing('labelled', { resources: ['*/scale'] }, { objectSelector: { matchLabels: { a: 'b' } }, ...ofUser }),
  ]),
];

const named = (name: string): LiveRequest => post(apps(), app(name), dryRun);
const ofPolicies = (matchPolicy: 'Equivalent' | 'Exact'): LiveScenario => ({
  name: `rules of policies, ${matchPolicy}`,
  steps: {
    'a policy': policy({
      matchConstraints: {
        matchPolicy,
        namespaceSelector: here,
        resourceRules: [
          { ...rule, apiVersions: ['v1'] },
          { ...rule, resourceNames: ['denied', 'excluded', 'excluded-in-another-version', 'lifted'] },
          { ...rule, resources: ['kubedirectorapps/status'] },
        ],
        excludeResourceRules: [
          { ...rule, apiVersions: ['v1'], resourceNames: ['excluded-in-another-version'] },
          { ...rule, resourceNames: ['excluded'] },
        ],
      },
      validations: [{ expression: 'false', message: 'never' }],
    }),
    'a binding': bound(['Deny']),
    denied: refused(named('denied')),
    'named by no rule': named('any'),
    excluded: named('excluded'),
    'excluded in another version': named('excluded-in-another-version'),
    ...without,
  },
});

export const matchingScenarios: readonly LiveScenario[] = [
  rules,
  ...subresources,
  ofPolicies('Equivalent'),
  ofPolicies('Exact'),
];
