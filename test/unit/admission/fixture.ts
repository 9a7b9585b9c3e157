/** Admission with webhooks that are functions of the test. */
import { createAdmission, type Admission, type AdmissionAttributes } from '../../../src/apiserver/admission/index.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import type { AuditTrail } from '../../../src/apiserver/exchange.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  Namespace,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../../../src/apis/kubernetes/types.ts';
import type {
  AccessRequest,
  AdmissionPolicies,
  Lister,
  ParamObjects,
  PolicyParams,
  WebhookLimits,
} from '../../../src/clients/contract.ts';
import type { GroupVersionKind, KubeObject, Stored } from '../../../src/meta/object.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import type { ReviewAnswer, ReviewRequest } from '../../support/webhook.ts';

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

/** A lister whose content the test sets. */
export class Shelf<T extends KubeObject> implements Lister<T> {
  objects: Stored<T>[] = [];
  isSynced = true;
  readonly #listeners = new Set<(change: object) => void>();

  put(...objects: T[]): void {
    this.objects = objects as Stored<T>[];
    for (const listener of this.#listeners) listener({});
  }

  get = (_namespace: string, name: string): Stored<T> | undefined =>
    this.objects.find(({ metadata }) => metadata.name === name);
  list = (): readonly Stored<T>[] => this.objects;
  byLabel = (): readonly Stored<T>[] => [];
  synced = (): boolean => this.isSynced;
  onChange = (listener: (change: object) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** Params of kinds that the test sets. */
export class ParamShelf implements PolicyParams {
  followed: readonly GroupVersionKind[] = [];
  readonly kinds = new Map<string, ParamObjects>();

  follow = (kinds: readonly GroupVersionKind[]): void => {
    this.followed = kinds;
  };
  of = ({ kind }: GroupVersionKind): Promise<ParamObjects | undefined> => Promise.resolve(this.kinds.get(kind));

  /** @param late what the view does not show yet */
  put(kind: string, namespaced: boolean, objects: readonly KubeObject[], late: readonly KubeObject[] = []): void {
    const named = (all: readonly KubeObject[], namespace: string, name: string): Stored<KubeObject> | undefined =>
      (all as Stored<KubeObject>[]).find(
        ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace,
      );
    this.kinds.set(kind, {
      namespaced,
      get: (namespace, name) => named(objects, namespace, name),
      list: (namespace) =>
        (objects as Stored<KubeObject>[]).filter(
          ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
        ),
      synced: () => true,
      read: ({ namespace, name }) => Promise.resolve(named(late, namespace, name)),
    });
  }
}

/** A cluster without policies. */
export function noPolicies(): AdmissionPolicies {
  const none = () => ({ policies: new Shelf<never>(), bindings: new Shelf<never>() });
  return { validating: none(), mutating: none(), params: new ParamShelf() };
}

type Answer = (request: ReviewRequest, limits: WebhookLimits) => ReviewAnswer | Promise<ReviewAnswer>;

export class AdmissionFixture {
  readonly mutating = new Shelf<MutatingWebhookConfiguration>();
  readonly validating = new Shelf<ValidatingWebhookConfiguration>();
  readonly policies = {
    policies: new Shelf<ValidatingAdmissionPolicy>(),
    bindings: new Shelf<ValidatingAdmissionPolicyBinding>(),
  };
  readonly mutations = {
    policies: new Shelf<MutatingAdmissionPolicy>(),
    bindings: new Shelf<MutatingAdmissionPolicyBinding>(),
  };
  readonly params = new ParamShelf();
  readonly namespaces = new Shelf<Namespace>();
  readonly metrics = createMetrics();
  /** What was asked, in order: by the URL of the webhook. */
  readonly asked: { readonly url: string; readonly request: ReviewRequest; readonly apiVersion: string }[] = [];
  readonly answers = new Map<string, Answer>();
  readonly rights: AccessRequest[] = [];
  readonly remarks = new Map<string, string>();
  readonly patches = new Map<string, unknown>();
  readonly warnings: string[] = [];
  readonly shown: (KubeObject | undefined)[] = [];
  readonly logged: object[] = [];
  readonly abort = new AbortController();
  readonly admission: Admission;
  #uid = 0;

  /** @param conditionBudgetMs by default more than any condition needs on a busy machine */
  constructor(clock: Clock = systemClock, conditionBudgetMs = 30_000) {
    this.admission = createAdmission({
      configurations: { mutating: this.mutating, validating: this.validating },
      policies: { validating: this.policies, mutating: this.mutations, params: this.params },
      caller: { call: (target, document, limits) => this.#call(target, document, limits), close: () => undefined },
      namespaces: { get: this.namespaces.get, read: () => Promise.resolve(undefined) },
      authorizer: {
        authorize: (request) => {
          this.rights.push(request);
          return request.verb === 'get' ? { allowed: true } : { allowed: false, reason: 'no' };
        },
      },
      ...{ clock, conditionBudgetMs },
      uid: () => `uid-${this.#uid++}`,
      logger: this.#logger(),
      metrics: this.metrics,
    });
  }

  get urls(): string[] {
    return this.asked.map(({ url }) => url);
  }

  context(): CallContext {
    const audit: Partial<AuditTrail> = {
      remark: (key, value) => {
        if (!this.remarks.has(key)) this.remarks.set(key, value);
      },
      patched: (key, _, patch) => {
        this.patches.set(key, patch);
      },
      shown: (...objects) => {
        this.shown.push(...objects);
      },
    };
    return {
      user: { name: 'jane', groups: ['devs'], extra: { a: ['b'] } },
      requestId: 'r',
      signal: this.abort.signal,
      warn: (message) => this.warnings.push(message),
      audit: audit as AuditTrail,
    };
  }

  attributes(more: Partial<AdmissionAttributes> = {}): AdmissionAttributes {
    return {
      context: this.context(),
      operation: 'CREATE',
      kind: { group: 'demo.example', version: 'v1', kind: 'Widget' },
      resource: { group: 'demo.example', version: 'v1', resource: 'widgets' },
      ...{ subresource: '', namespace: 'default', name: 'a', dryRun: false },
      object: widget(),
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...more,
    };
  }

  deletion(): AdmissionAttributes {
    const { context, kind, resource, subresource, namespace, name, dryRun, options } = this.attributes();
    const about = { context, kind, resource, subresource, namespace, name, dryRun, options };
    return { ...about, operation: 'DELETE', oldObject: widget() };
  }

  mutate(more: Partial<AdmissionAttributes> = {}): Promise<KubeObject | undefined> {
    return this.admission.mutate(this.attributes(more), (object) => object);
  }

  validate(more: Partial<AdmissionAttributes> = {}): Promise<void> {
    return this.admission.validate(this.attributes(more));
  }

  #logger(): Logger {
    return { ...silentLogger, warn: (fields, message) => void this.logged.push({ ...fields, message }) };
  }

  async #call({ url = '' }: WebhookClientConfig, document: object, limits: WebhookLimits): Promise<unknown> {
    const { apiVersion, request } = document as { apiVersion: string; request: ReviewRequest };
    this.asked.push({ url, request, apiVersion });
    const { patch, raw, ...rest } = (await this.answers.get(url)?.(request, limits)) ?? {};
    if (raw !== undefined) return JSON.parse(raw.body);
    const patched = patch && { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
    return { apiVersion, kind: 'AdmissionReview', response: { uid: request.uid, allowed: true, ...rest, ...patched } };
  }
}

export function widget(labels?: Record<string, string>): KubeObject {
  const metadata = { name: 'a', namespace: 'default', ...(labels ? { labels } : {}) };
  return { apiVersion: 'demo.example/v1', kind: 'Widget', metadata };
}

/** For everything in the group; its URL is its name. */
export function hook(name: string, more: Partial<MutatingWebhook> = {}): MutatingWebhook {
  return {
    name,
    clientConfig: { url: name },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [{ operations: ['*'], apiGroups: ['demo.example'], apiVersions: ['*'], resources: ['*'] }],
    ...more,
  };
}

export function configuration<K extends Configuration['kind']>(
  kind: K,
  name: string,
  ...webhooks: ValidatingWebhook[]
): Extract<Configuration, { kind: K }> {
  const made = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, webhooks };
  return made as unknown as Extract<Configuration, { kind: K }>;
}

/** What it is refused with. */
export async function failure(promise: Promise<unknown>): Promise<StatusError> {
  const error: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof StatusError)) throw new Error('there was no StatusError', { cause: error });
  return error;
}
