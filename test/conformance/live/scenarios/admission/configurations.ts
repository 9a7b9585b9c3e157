/** Webhook configurations, and requests that their webhooks see. */
import { app, apps, post, remove, setup, unseen, type LiveRequest, type LiveScenario } from '../../scenario.ts';
import { api, here, lifted, rule } from './setup.ts';

type Type = 'mutating' | 'validating';
const collection = (type: Type): string => `${api}/${type}webhookconfigurations`;
export const webhook = (name: string, more: object): object => ({
  name: `${name}.live.example`,
  clientConfig: { url: `WEBHOOK/${name}`, caBundle: 'WEBHOOK_CA' },
  ...{
    rules: [rule],
    namespaceSelector: here,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
  },
  ...more,
});
/** A webhook configuration; a scenario has one of a type at a time. */
export const configured = (type: Type, webhooks: readonly object[]): LiveRequest =>
  setup(
    post(collection(type), {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: type === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration',
      metadata: { name: `NAMESPACE-${type}` },
      webhooks,
    }),
  );
/** Its webhooks select objects with the label `ask`. */
export const configuration = (type: Type, names: readonly string[], more: object = {}): LiveRequest =>
  configured(
    type,
    names.map((name) => webhook(name, { objectSelector: { matchLabels: { ask: name } }, ...more })),
  );
export const labelled = (ask: string, more: object = {}): object =>
  app('one', { metadata: { labels: { ask } }, ...more });
export const created = (ask: string, query: Readonly<Record<string, string>> = { dryRun: 'All' }): LiveRequest =>
  post(apps(), labelled(ask), query);
export const inForce = (ask: string): LiveRequest => unseen({ ...created(ask), until: ({ status }) => status >= 400 });
const ofApps = post(apps(), app('lifted', { metadata: { labels: { ask: 'refuse' } } }), { dryRun: 'All' });
/**
 * Deletes the configuration, and waits: a server observes this later, and the next scenario has the same namespace.
 * @param refused a request that one of the webhooks refuses; if absent, they are those of apps with the label
 */
export const gone = (type: Type, refused: LiveRequest = ofApps): LiveScenario['steps'] => ({
  'no webhooks': setup(remove(`${collection(type)}/NAMESPACE-${type}`)),
  'they are no longer in force': lifted(refused),
});
