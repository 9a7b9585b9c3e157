/** An API server of an invented group, on a store in memory. */
import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import type { Authenticator, Authorizer } from '../../src/auth/contract.ts';
import { mastersAuthorizer, publicInfoAuthorizer } from '../../src/auth/index.ts';
import { invalid, type FieldError } from '../../src/meta/field-error.ts';
import type { KubeObject, Stored } from '../../src/meta/object.ts';
import type { UserInfo } from '../../src/meta/user.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';
import type { OpenApiSchema, OpenApiSchemas } from '../../src/schema/contract.ts';
import { createResourceSchema } from '../../src/schema/index.ts';
import type { Admission, Quota } from '../../src/apiserver/admission/contract.ts';
import type { AuditLog } from '../../src/apiserver/audit/index.ts';
import type { Redaction, ResourceDefinition, Strategy } from '../../src/apiserver/resource.ts';
import type { NamespaceLookup } from '../../src/apiserver/registry/index.ts';
import {
  createApiServer,
  served,
  type ApiServer,
  type ApiServerOptions,
  type ServedResource,
} from '../../src/apiserver/server.ts';
import { createStoreHub, type StoreHub } from '../../src/apiserver/watchcache/index.ts';
import type { Store } from '../../src/storage/contract.ts';
import { MemoryStore } from './memory-store.ts';
import { Requests, type Method } from './requests.ts';

export interface Widget extends KubeObject {
  spec?: { color?: string; size?: number; replicas?: number; parts?: { id: string; text?: string }[] };
  status?: { state?: string };
}

const text: OpenApiSchema = { type: 'string' };
const stringMap: OpenApiSchema = { type: 'object', additionalProperties: text };
export const objectMeta: OpenApiSchema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'selfLink'].map((key) => [key, text]),
    ),
    creationTimestamp: { ...text, format: 'date-time' },
    deletionTimestamp: { ...text, format: 'date-time' },
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64' },
    generation: { type: 'integer', format: 'int64' },
    labels: stringMap,
    annotations: stringMap,
    finalizers: { type: 'array', items: text },
    ownerReferences: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    managedFields: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  },
};

function kind(name: string, properties: Readonly<Record<string, OpenApiSchema>>): OpenApiSchema {
  return {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'demo.example', version: 'v1', kind: name }],
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      ...properties,
    },
  };
}

export const schemas: OpenApiSchemas = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': objectMeta,
  'demo.v1.Widget': kind('Widget', {
    spec: {
      type: 'object',
      properties: {
        color: text,
        size: { type: 'integer', minimum: 0 },
        replicas: { type: 'integer', default: 1 },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['id'],
          items: { type: 'object', required: ['id'], properties: { id: text, text } },
        },
      },
    },
    status: { type: 'object', properties: { state: text } },
  }),
  'demo.v1.Rack': kind('Rack', { data: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }),
  'demo.v1.Ratio': kind('Ratio', { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } }),
  'demo.v1.Knock': kind('Knock', { reason: text }),
};

const names = { group: 'demo.example', version: 'v1', shortNames: [], categories: [], columns: [] };

/** The widgets' strategy: no widget may be green, and a locked one cannot be deleted. */
export const widgetStrategy: Strategy<Widget> = {
  validateCreate: (_, widget) => colorErrors(widget),
  validateUpdate: (_, widget) => colorErrors(widget),
  warnings: (widget) => (widget.spec?.color === 'grey' ? ['spec.color: "grey" is going out of fashion'] : []),
};

function colorErrors({ spec }: Widget): FieldError[] {
  return spec?.color === 'green' ? [invalid('spec.color', 'green', 'must not be green')] : [];
}

export function widgetDefinition(strategy: Strategy<Widget> = widgetStrategy): ResourceDefinition<Widget> {
  return {
    ...names,
    plural: 'widgets',
    singular: 'widget',
    kind: 'Widget',
    listKind: 'WidgetList',
    namespaced: true,
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
    schema: createResourceSchema('demo.v1.Widget', schemas),
    selectableFields: { 'spec.color': (widget: Stored<Widget>) => widget.spec?.color ?? '' },
    strategy,
    subresources: { status: { type: 'status' } },
  };
}

/** Cluster-scoped, without status; PUT creates, and must name a version. */
export const rackDefinition: ResourceDefinition = {
  ...names,
  plural: 'racks',
  singular: 'rack',
  kind: 'Rack',
  listKind: 'RackList',
  namespaced: false,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  schema: createResourceSchema('demo.v1.Rack', schemas),
  selectableFields: {},
  strategy: { allowUnconditionalUpdate: false, allowCreateOnUpdate: true, hasGeneration: false },
  subresources: {},
};

export interface ApiOptions {
  strategy?: Strategy<Widget>;
  subresources?: ResourceDefinition['subresources'];
  redaction?: Redaction<Widget>;
  namespaces?: NamespaceLookup;
  authorizer?: Authorizer;
  authenticators?: Authenticator[];
  clock?: Clock;
  logger?: Logger;
  random?: () => number;
  limits?: ApiServerOptions['limits'];
  waiting?: ApiServerOptions['waiting'];
  requestTimeoutMs?: number;
  maxConnections?: number;
  checks?: ApiServerOptions['checks'];
  audit?: AuditLog;
  admission?: Admission;
  quota?: Quota;
  tracer?: ApiServerOptions['tracer'];
  /** Instead of widgets and racks. */
  resources?: readonly ServedResource[];
  openApiSchemas?: OpenApiSchemas;
  /** Stays open when the server stops. */
  store?: Store;
}

export const admin: UserInfo = { name: 'admin', groups: ['system:masters'] };

/** The header "x-user: name" names the user; without it there is no user. */
const headerAuthenticator: Authenticator = {
  authenticate({ headers }) {
    const name = headers['x-user'];
    if (typeof name !== 'string') return undefined;
    return name === 'admin' ? admin : { name, groups: [] };
  },
};

export class Api {
  readonly #store: Store;
  readonly metrics: Metrics = createMetrics();
  readonly hub: StoreHub;
  readonly server: ApiServer;
  readonly #abort = new AbortController();
  readonly #isOwnStore: boolean;
  readonly #requests = new Requests((request, response) => {
    this.server.app(request, response);
  });

  constructor(options: ApiOptions = {}) {
    this.#isOwnStore = options.store === undefined;
    this.#store = options.store ?? new MemoryStore();
    const { clock = systemClock, logger = silentLogger, random = Math.random } = options;
    this.hub = createStoreHub({ store: this.#store, clock, logger, metrics: this.metrics });
    const widgets: ResourceDefinition<Widget> = {
      ...widgetDefinition(options.strategy),
      ...(options.redaction ? { redaction: options.redaction } : {}),
    };
    const subresources = { ...widgets.subresources, ...options.subresources };
    this.server = createApiServer({
      resources: options.resources ?? [served({ ...widgets, subresources }), served(rackDefinition)],
      store: this.#store,
      hub: this.hub,
      authenticators: [headerAuthenticator, ...(options.authenticators ?? [])],
      authorizer: options.authorizer ?? publicInfoAuthorizer(mastersAuthorizer()),
      openApiSchemas: options.openApiSchemas ?? schemas,
      openApiInfo: { title: 'demo', version: 'v0' },
      clock,
      random,
      uid: randomUUID,
      logger,
      metrics: this.metrics,
      version: { major: '1', minor: '37', gitVersion: 'v1.37.0-demo' },
      ...(options.namespaces ? { namespaces: options.namespaces } : {}),
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.waiting ? { waiting: options.waiting } : {}),
      ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
      ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
      ...(options.checks ? { checks: options.checks } : {}),
      ...(options.audit ? { audit: options.audit } : {}),
      ...(options.admission ? { admission: options.admission } : {}),
      ...(options.quota ? { quota: options.quota } : {}),
      ...(options.tracer ? { tracer: options.tracer } : {}),
    });
  }

  static async started(options: ApiOptions = {}): Promise<Api> {
    const api = new Api(options);
    await api.hub.start(api.#abort.signal);
    return api;
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped by the test'));
    this.#requests.close();
    if (this.#isOwnStore) await this.#store.close();
  }

  /** The one in memory. */
  get store(): MemoryStore {
    if (this.#store instanceof MemoryStore) return this.#store;
    throw new Error('the test has given another store');
  }

  /** As the administrator. */
  request(method: Method, url: string): supertest.Test {
    return this.#requests.send(method, url).set('x-user', 'admin');
  }
}

export const widgetsPath = '/apis/demo.example/v1/namespaces/default/widgets';
export const racksPath = '/apis/demo.example/v1/racks';

export function widget(name: string, rest: Partial<Widget> = {}): Widget {
  return { apiVersion: 'demo.example/v1', kind: 'Widget', metadata: { name }, ...rest };
}

/** supertest's type any becomes unknown, so that it must be checked. */
export function bodyOf(response: { body: unknown }): unknown {
  return response.body;
}
