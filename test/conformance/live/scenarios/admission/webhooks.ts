/** Webhooks of the cluster that refuse, change and warn. */
import { apply, apps, get, merge, post, putEdited, remove, unseen, type LiveScenario } from '../../scenario.ts';
import { configuration, created, gone, inForce, labelled } from './configurations.ts';
import { rule } from './setup.ts';

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

export const webhookScenarios: readonly LiveScenario[] = [validating, refusing, ignoring, conditions, mutating];
