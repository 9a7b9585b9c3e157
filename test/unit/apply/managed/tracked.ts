/** An object and its FieldManager, as a server would use them, with a clock that tests move. */
import schemas from '../../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { createFieldManager, type FieldManagerOptions } from '../../../../src/apiserver/apply/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../../src/meta/object.ts';
import type { OpenApiSchemas } from '../../../../src/schema/contract.ts';
import { createResourceSchema } from '../../../../src/schema/index.ts';

export type Content = Record<string, unknown>;

const kinds = {
  StatefulSet: { apiVersion: 'apps/v1', schema: 'io.k8s.api.apps.v1.StatefulSet' },
  Pod: { apiVersion: 'v1', schema: 'io.k8s.api.core.v1.Pod' },
  Service: { apiVersion: 'v1', schema: 'io.k8s.api.core.v1.Service' },
  ConfigMap: { apiVersion: 'v1', schema: 'io.k8s.api.core.v1.ConfigMap' },
  Scale: { apiVersion: 'autoscaling/v1', schema: 'io.k8s.api.autoscaling.v1.Scale' },
};

export interface Tracked {
  /** The stored object; undefined before the first write. */
  live: KubeObject | undefined;
  update(object: Content, manager: string): KubeObject;
  apply(object: Content, manager: string, force?: boolean): KubeObject;
  entries(): ManagedFieldsEntry[];
  /** The fields of one manager, as JSON. */
  fieldsOf(manager: string): string | undefined;
  /** Moves the clock. */
  later(seconds: number): void;
}

export function tracked(kind: keyof typeof kinds, options: Partial<FieldManagerOptions> = {}): Tracked {
  const { apiVersion, schema } = kinds[kind];
  let time = Date.parse('2026-01-01T00:00:00Z');
  const fields = createFieldManager<KubeObject>({
    apiVersion,
    kind,
    schema: createResourceSchema(schema, schemas.components.schemas as OpenApiSchemas).root,
    subresource: '',
    now: () => new Date(time),
    ...options,
  });
  const typed = (object: Content): KubeObject => ({ apiVersion, kind, metadata: {}, ...object });
  const it: Tracked = {
    live: undefined,
    update(object, manager) {
      it.live = stored(fields.update(it.live, typed(object), manager)());
      return it.live;
    },
    apply(object, manager, force = false) {
      it.live = stored(fields.apply(it.live, typed(object), manager, force));
      return it.live;
    },
    entries: () => it.live?.metadata.managedFields ?? [],
    fieldsOf(manager) {
      const entry = it.entries().find((one) => one.manager === manager);
      return entry === undefined ? undefined : JSON.stringify(entry.fieldsV1);
    },
    later(seconds) {
      time += seconds * 1000;
    },
  };
  return it;
}

/** As a store would hand it out again: parsed anew, with a uid. */
function stored(object: KubeObject): KubeObject {
  const copy = JSON.parse(JSON.stringify(object)) as KubeObject;
  return { ...copy, metadata: { ...copy.metadata, uid: 'uid-1' } };
}

/** A copy to change. */
export function edited(object: KubeObject | undefined, edit: (copy: Content & { metadata: Content }) => void): Content {
  const copy = JSON.parse(JSON.stringify(object)) as Content & { metadata: Content };
  edit(copy);
  return copy;
}
