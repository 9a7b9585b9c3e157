/** Webhooks, called over TLS, on the composed group. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type {
  MutatingWebhookConfiguration,
  Namespace,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../src/apis/kubernetes/types.ts';
import { createAdmission } from '../../src/apiserver/admission/index.ts';
import { createAuditLog, parseAuditPolicy } from '../../src/apiserver/audit/index.ts';
import { createWebhookCaller } from '../../src/clients/kubernetes/index.ts';
import type { WebhookCaller } from '../../src/clients/contract.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { LocalWebhook, type ReviewRequest } from '../support/webhook.ts';
import { configuration, hook, noPolicies, Shelf } from '../unit/admission/fixture.ts';
import { GroupApi, inDefault } from './group-api.ts';

export let webhook: LocalWebhook;
let caller: WebhookCaller;
export let api: GroupApi;
export let lines: string[];
export const mutating = new Shelf<MutatingWebhookConfiguration>();
export const validating = new Shelf<ValidatingWebhookConfiguration>();

export const clusters = `${inDefault}/kubedirectorclusters`;
const resources = { limits: { memory: '4Gi', cpu: 2 }, requests: { memory: '4Gi', cpu: 2 } };
export const cluster = (metadata: object = { name: 'live' }): object => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata,
  spec: { app: 'streams', roles: ['console', 'keeper', 'broker', 'client'].map((id) => ({ id, resources })) },
});

/** Rules for all resources of the group, without subresources. */
export function ours(path: string, more: Partial<ValidatingWebhook> = {}): ReturnType<typeof hook> {
  const rules = [
    { operations: ['*' as const], apiGroups: ['kubedirector.hpe.com'], apiVersions: ['*'], resources: ['*'] },
  ];
  return hook(path.slice(1), { clientConfig: webhook.clientConfig(path), rules, ...more });
}
export const mutate = (more?: Partial<ValidatingWebhook>): void =>
  mutating.put(configuration('MutatingWebhookConfiguration', 'm', ours('/mutate', more)));
export const validate = (more?: Partial<ValidatingWebhook>): void =>
  validating.put(configuration('ValidatingWebhookConfiguration', 'v', ours('/validate', more)));
export const only = (path: string): ReviewRequest => {
  const [request, ...others] = webhook.requests(path);
  if (request === undefined || others.length > 0) throw new Error(`${others.length + 1} requests to ${path}`);
  return request;
};

/** Gives each test of the file that calls this an API of its own, whose webhooks are those of the test. */
export function eachWithWebhooks(): void {
  beforeAll(async () => {
    webhook = await LocalWebhook.start();
  });
  afterAll(() => webhook.close());
  beforeEach(async () => {
    webhook.reset();
    mutating.put();
    validating.put();
    lines = [];
    const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
    const resolve = () => Promise.reject(new Error('there are no services'));
    caller = createWebhookCaller({ resolve, clock: systemClock });
    const admission = createAdmission({
      ...parts,
      ...{ configurations: { mutating, validating }, caller, policies: noPolicies() },
      namespaces: new (class extends Shelf<Namespace> {
        read = () => Promise.resolve(undefined);
      })(),
      authorizer: { authorize: () => ({ allowed: true }) },
      uid: randomUUID,
    });
    const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- {level: RequestResponse}';
    const audit = createAuditLog({
      ...parts,
      policy: parseAuditPolicy(policy, () => undefined),
      sink: { write: (line) => lines.push(line) > 0, close: () => Promise.resolve() },
      secretFields: ['masterEncryptionKey', 'authToken', 'secretKeys.value'],
    });
    api = await GroupApi.started({ admission, audit });
    const app = readFileSync(new URL('../testdata/apps/streams.yaml', import.meta.url), 'utf8');
    await api.yaml(`${inDefault}/kubedirectorapps`, app).expect(201);
  });
  afterEach(() => {
    api.stop();
    caller.close();
  });
}
