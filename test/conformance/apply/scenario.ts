/** Requests about the ownership of fields, as data. One run records the answers of kube-apiserver, others compare. */

/** One request. GROUP and NAMESPACE in its path and body are replaced by the values of the server. */
export interface ApplyStep {
  readonly step: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** "conformance/1.0" if absent. */
  readonly userAgent?: string;
  /**
   * An object is sent as JSON, a string unchanged. `<revision 2>` and `<uid 1>` in it mean the second revision and the
   * first uid in the answers of the scenario.
   */
  readonly body?: unknown;
  /** Why our answer is different on purpose. */
  readonly differs?: string;
  /** The body is the answer of an earlier step, changed by a merge patch. */
  readonly edit?: { readonly of: string; readonly patch: Readonly<Record<string, unknown>> };
}

/** Requests that are sent one after the other, on objects that no other scenario uses. */
export interface ApplyScenario {
  readonly name: string;
  readonly steps: readonly ApplyStep[];
}

const group = '/apis/GROUP/v1beta1/namespaces/NAMESPACE';
export const apiVersion = 'GROUP/v1beta1';
export const apps = (name = ''): string => `${group}/kubedirectorapps${name === '' ? '' : `/${name}`}`;
export const clusters = (name: string): string => `${group}/kubedirectorclusters/${name}`;
export const statefulSets = (name: string): string => `/apis/apps/v1/namespaces/NAMESPACE/statefulsets/${name}`;

type Content = Readonly<Record<string, unknown>>;

/** An app with a complete spec, so that defaulting adds nothing. */
export function app(name: string, extra: { metadata?: Content; spec?: Content } = {}): Content {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name, ...extra.metadata },
    spec: {
      label: { name: 'Conformance' },
      distroID: 'test/conformance',
      version: '1',
      configSchemaVersion: 7,
      roles: [role('one')],
      config: { selectedRoles: ['one'], roleServices: [], configMeta: {} },
      services: [],
      ...extra.spec,
    },
  };
}

export function role(id: string, extra: Content = {}): Content {
  return { id, cardinality: '1', imageRepoTag: 'image:1', configPackage: null, maxLogSizeDump: 256, ...extra };
}

/** A part of an app, for one of several managers to apply. */
export function part(name: string, { metadata, ...rest }: { metadata?: Content; spec?: Content } = {}): Content {
  return { apiVersion, kind: 'KubeDirectorApp', metadata: { name, ...metadata }, ...rest };
}

export function cluster(name: string, extra: { metadata?: Content; spec?: Content; status?: Content } = {}): Content {
  const { metadata, spec, ...rest } = extra;
  return {
    apiVersion,
    kind: 'KubeDirectorCluster',
    metadata: { name, ...metadata },
    spec: {
      app: 'conformance',
      roles: [{ id: 'worker', members: 2, resources: { limits: { memory: '1Gi', cpu: '1' } } }],
      ...spec,
    },
    ...rest,
  };
}

const applyType = 'application/apply-patch+yaml';
type Request = Omit<ApplyStep, 'step'>;

type Query = Readonly<Record<string, string>>;

/** @param manager '' for none */
export const apply = (path: string, manager: string, body: unknown, query: Query = {}): Request => ({
  method: 'PATCH',
  path,
  query: { ...(manager === '' ? {} : { fieldManager: manager }), ...query },
  contentType: applyType,
  body,
});
export const merge = (path: string, body: unknown, query: Query = {}): Request => ({
  method: 'PATCH',
  path,
  query,
  contentType: 'application/merge-patch+json',
  body,
});
export const jsonPatch = (path: string, body: unknown, query: Query = {}): Request => ({
  ...merge(path, body, query),
  contentType: 'application/json-patch+json',
});
export const post = (path: string, body: unknown, query: Query = {}): Request => ({
  method: 'POST',
  path,
  query,
  contentType: 'application/json',
  body,
});
export const put = (path: string, body: unknown, query: Query = {}): Request => ({
  ...post(path, body, query),
  method: 'PUT',
});
/** Sends a PUT with the answer of an earlier step, changed by a merge patch. */
export const putEdited = (path: string, of: string, patch: Content, query: Query = {}): Request => ({
  method: 'PUT',
  path,
  query,
  contentType: 'application/json',
  edit: { of, patch },
});
export const get = (path: string): Request => ({ method: 'GET', path });
export const remove = (path: string): Request => ({ method: 'DELETE', path });
