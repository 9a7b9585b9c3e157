/** The requests of kubectl for a change from client-side apply to server-side apply and back. */
import { app, apply, apps, get, jsonPatch, merge, post, type ApplyScenario } from './scenario.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const clientSide = { fieldManager: 'kubectl-client-side-apply', fieldValidation: 'Strict' };
const kubectl = { force: 'false', fieldValidation: 'Strict' };

/** The body that `kubectl apply` sends for an app: the app, with a copy of itself in the annotation. */
function annotated(name: string, spec: object = {}): Record<string, unknown> {
  const plain = app(name, { metadata: { namespace: 'NAMESPACE' }, spec: spec as Record<string, unknown> });
  return {
    ...plain,
    metadata: { name, namespace: 'NAMESPACE', annotations: { [annotation]: `${JSON.stringify(plain)}\n` } },
  };
}

const takeover: ApplyScenario = {
  name: 'kubectl apply, then --server-side, then back',
  steps: [
    { step: 'kubectl apply', ...post(apps(), annotated('taken'), clientSide) },
    {
      step: 'kubectl apply of a change',
      ...merge(
        apps('taken'),
        { metadata: annotated('taken', { version: '2' })['metadata'], spec: { version: '2' } },
        clientSide,
      ),
    },
    {
      step: '--server-side with another change',
      ...apply(apps('taken'), 'kubectl', app('taken', { spec: { version: '3' } }), kubectl),
    },
    {
      step: 'the migration that kubectl sends then',
      ...jsonPatch(
        apps('taken'),
        [
          {
            op: 'replace',
            path: '/metadata/managedFields',
            value: [
              {
                manager: 'kubectl',
                operation: 'Apply',
                apiVersion: 'GROUP/v1beta1',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:annotations': { '.': {}, [`f:${annotation}`]: {} } },
                  'f:spec': {
                    'f:config': { '.': {}, 'f:configMeta': {}, 'f:roleServices': {}, 'f:selectedRoles': {} },
                    'f:configSchemaVersion': {},
                    'f:distroID': {},
                    'f:label': { 'f:name': {} },
                    'f:roles': {},
                    'f:services': {},
                    'f:version': {},
                  },
                },
              },
            ],
          },
          { op: 'replace', path: '/metadata/resourceVersion', value: '<revision 3>' },
        ],
        { fieldManager: 'kubectl' },
      ),
    },
    {
      step: '--server-side again',
      ...apply(apps('taken'), 'kubectl', app('taken', { spec: { version: '3' } }), kubectl),
    },
    {
      step: '--server-side without a field',
      ...apply(apps('taken'), 'kubectl', app('taken', { spec: { version: '4', services: undefined } }), kubectl),
    },
    {
      step: 'kubectl apply again',
      ...merge(
        apps('taken'),
        { metadata: annotated('taken', { version: '5' })['metadata'], spec: { version: '5' } },
        clientSide,
      ),
    },
    {
      step: 'a stale migration',
      ...jsonPatch(apps('taken'), [{ op: 'replace', path: '/metadata/resourceVersion', value: '<revision 1>' }], {
        fieldManager: 'kubectl',
      }),
    },
    {
      step: '--server-side once more',
      ...apply(apps('taken'), 'kubectl', app('taken', { spec: { version: '6' } }), kubectl),
    },
    { step: 'what is stored', ...get(apps('taken')) },
  ],
};

const disputed: ApplyScenario = {
  name: 'a takeover of what the annotation does not claim',
  steps: [
    { step: 'kubectl apply', ...post(apps(), annotated('disputed'), clientSide) },
    {
      step: 'somebody changes a field',
      ...merge(apps('disputed'), { spec: { version: '9' } }, { fieldManager: 'bob' }),
    },
    {
      step: '--server-side',
      ...apply(apps('disputed'), 'kubectl', app('disputed', { spec: { distroID: 'test/new', version: '2' } }), kubectl),
    },
    {
      step: 'another manager than kubectl',
      ...apply(apps('disputed'), 'helm', app('disputed', { spec: { distroID: 'test/new' } }), kubectl),
    },
    {
      step: '--force-conflicts',
      ...apply(apps('disputed'), 'kubectl', app('disputed', { spec: { distroID: 'test/new', version: '2' } }), {
        ...kubectl,
        force: 'true',
      }),
    },
    {
      step: 'an annotation that cannot be read',
      ...merge(
        apps('disputed'),
        { metadata: { annotations: { [annotation]: 'no JSON' } }, spec: { distroID: 'test/client' } },
        clientSide,
      ),
    },
    {
      step: '--server-side then',
      ...apply(
        apps('disputed'),
        'kubectl',
        app('disputed', { spec: { distroID: 'test/newer', version: '2' } }),
        kubectl,
      ),
    },
    {
      step: 'an annotation of another version',
      ...merge(
        apps('disputed'),
        {
          metadata: {
            annotations: {
              [annotation]: JSON.stringify({
                ...app('disputed', { spec: { distroID: 'test/client' } }),
                apiVersion: 'GROUP/v1',
              }),
            },
          },
        },
        clientSide,
      ),
    },
    {
      step: '--server-side then, too',
      ...apply(
        apps('disputed'),
        'kubectl',
        app('disputed', { spec: { distroID: 'test/newer', version: '2' } }),
        kubectl,
      ),
    },
    { step: 'without the annotation', ...merge(apps('disputed'), { metadata: { annotations: null } }, clientSide) },
    {
      step: 'an annotation in the configuration',
      ...apply(
        apps('disputed'),
        'kubectl',
        app('disputed', {
          metadata: { annotations: { [annotation]: 'mine', note: '<&>' } },
          spec: { distroID: 'test/client', version: '2' },
        }),
        kubectl,
      ),
    },
  ],
};

export const takeoverScenarios: readonly ApplyScenario[] = [takeover, disputed];
