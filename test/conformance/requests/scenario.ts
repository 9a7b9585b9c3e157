/** A request of a recorded scenario, and what requests are made of. */
import type { Ask } from '../target.ts';

export interface Step extends Ask {
  readonly step: string;
  /** A path below /apis/GROUP/VERSION/namespaces/NS, or an absolute path that begins with /apis/. */
  readonly path: string;
  /** Why our answer may be different here. Then only the status code is compared. */
  readonly differs?: string;
  /** The status code of our answer, if it differs, too. */
  readonly ours?: number | 'any';
}
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}
export const group = 'kubedirector.hpe.com';
export const apiVersion = `${group}/v1beta1`;
export const apps = '/kubedirectorapps';
export function app(name: string, extra: { metadata?: object; spec?: object } = {}): object {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name, ...extra.metadata },
    spec: {
      label: { name: 'Conformance' },
      distroID: 'test/conformance',
      version: '1',
      configSchemaVersion: 7,
      roles: [{ id: 'one', cardinality: '1', imageRepoTag: 'image:1', configPackage: null, maxLogSizeDump: 256 }],
      config: { selectedRoles: ['one'], roleServices: [], configMeta: {} },
      services: [],
      ...extra.spec,
    },
  };
}
export const json = (patch: unknown): Partial<Ask> => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/json-patch+json' },
  body: patch,
});
export const merge = (patch: unknown): Partial<Ask> => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/merge-patch+json' },
  body: patch,
});
export const post = (body: unknown): Partial<Ask> => ({ method: 'POST', body });
export const put = (body: unknown): Partial<Ask> => ({ method: 'PUT', body });
export const one = (name: string): string => `${apps}/${name}`;
export const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
export const partialList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
