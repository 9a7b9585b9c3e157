/**
 * A resource with two versions of different shapes: v1beta1 is the hub; v1 has nested and renamed fields, a field that v1beta1
 * keeps in an annotation, and keeps in an annotation one that only v1beta1 has.
 */
import { fieldPath } from '../../src/apiserver/apply/index.ts';
import { withOwnersOfScale, withScaleOwners } from '../../src/apiserver/registry/index.ts';
import type { ResourceRegistry } from '../../src/apiserver/registry/contract.ts';
import type {
  ObjectSubresource,
  ResourceDefinition,
  TableColumn,
  VersionDefinition,
} from '../../src/apiserver/resource.ts';
import { served, versionOf, type ServedResource } from '../../src/apiserver/server.ts';
import { invalid, type FieldError } from '../../src/meta/field-error.ts';
import type { KubeObject, ObjectMeta, Stored } from '../../src/meta/object.ts';
import type { OpenApiSchema, OpenApiSchemas } from '../../src/schema/contract.ts';
import { createResourceSchema } from '../../src/schema/index.ts';
import { Api, objectMeta, type ApiOptions } from './api.ts';

export interface Gadget extends KubeObject {
  spec?: {
    color?: string;
    size?: number;
    replicas?: number;
    parts?: { id: string; text?: string }[];
    nickname?: string;
  };
  status?: { state?: string };
}

export interface GadgetV1 extends KubeObject {
  spec?: {
    paint?: { color?: string };
    dimensions?: { size?: number };
    count?: number;
    pieces?: { name: string; label?: string }[];
    note?: string;
  };
  status?: { phase?: string };
}

const group = 'gadgets.example';
const noteKey = 'gadgets.example/note';
const nicknameKey = 'gadgets.example/nickname';
/** A color that only v1beta1 can express, and one that only v1 can. */
export const onlyHub = 'beta-green';
export const onlyV1 = 'v1-green';

const text: OpenApiSchema = { type: 'string' };
const integer: OpenApiSchema = { type: 'integer' };
const metaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const scaleName = 'io.k8s.api.autoscaling.v1.Scale';

function kind(name: string, properties: Readonly<Record<string, OpenApiSchema>>): OpenApiSchema {
  return {
    type: 'object',
    description: `${name} of the tests`,
    properties: { apiVersion: text, kind: text, metadata: { $ref: `#/components/schemas/${metaName}` }, ...properties },
  };
}

function listOf(key: string, other: string): OpenApiSchema {
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    items: { type: 'object', required: [key], properties: { [key]: text, [other]: text } },
  };
}

const object = (properties: Readonly<Record<string, OpenApiSchema>>): OpenApiSchema => ({ type: 'object', properties });

export const gadgetSchemas: OpenApiSchemas = {
  [metaName]: objectMeta,
  [scaleName]: kind('Scale', { spec: object({ replicas: integer }), status: object({ replicas: integer }) }),
  'example.gadgets.v1beta1.Gadget': kind('Gadget', {
    spec: object({
      color: text,
      size: { ...integer, minimum: 0 },
      replicas: { ...integer, default: 1 },
      parts: listOf('id', 'text'),
      nickname: text,
    }),
    status: object({ state: text }),
  }),
  'example.gadgets.v1.Gadget': kind('Gadget', {
    spec: object({
      paint: object({ color: { ...text, maxLength: 12 } }),
      dimensions: object({ size: { ...integer, minimum: 0 } }),
      count: { ...integer, default: 1 },
      pieces: listOf('name', 'label'),
      note: text,
    }),
    status: object({ phase: text }),
  }),
};

/** Calls of the conversion functions since a test has set it to 0. */
export const conversions = { count: 0 };

function toHub({ metadata, spec, status, ...rest }: GadgetV1): Gadget {
  conversions.count += 1;
  if (spec?.paint?.color === onlyV1) throw new Error(`spec.paint.color ${onlyV1} has no name in v1beta1`);
  const { annotations: { [nicknameKey]: nickname, ...others } = {} } = metadata;
  const { paint, dimensions, count, pieces, note } = spec ?? {};
  return {
    ...rest,
    metadata: annotated(metadata, others, noteKey, note),
    ...defined({
      spec: ofSpec(spec, nickname, {
        color: paint?.color,
        size: dimensions?.size,
        replicas: count,
        parts: pieces?.map(({ name, label }) => ({ id: name, ...defined({ text: label }) })),
        nickname,
      }),
      status: status && { ...defined({ state: status.phase }) },
    }),
  };
}

function fromHub({ metadata, spec, status, ...rest }: Gadget): GadgetV1 {
  conversions.count += 1;
  if (spec?.color === onlyHub) throw new Error(`spec.color ${onlyHub} has no name in v1`);
  const { annotations: { [noteKey]: note, ...others } = {} } = metadata;
  const { color, size, replicas, parts, nickname } = spec ?? {};
  return {
    ...rest,
    metadata: annotated(metadata, others, nicknameKey, nickname),
    ...defined({
      spec: ofSpec(spec, note, {
        paint: color === undefined ? undefined : { color },
        dimensions: size === undefined ? undefined : { size },
        count: replicas,
        pieces: parts?.map(({ id, text: label }) => ({ name: id, ...defined({ label }) })),
        note,
      }),
      status: status && { ...defined({ phase: status.state }) },
    }),
  };
}

/** No spec where there was none, unless the annotation has something to put into it. */
function ofSpec(spec: object | undefined, kept: string | undefined, fields: object): object | undefined {
  return spec === undefined && kept === undefined ? undefined : defined(fields);
}

function annotated(
  metadata: ObjectMeta,
  others: Record<string, string>,
  key: string,
  value: string | undefined,
): ObjectMeta {
  return { ...metadata, annotations: { ...others, ...(value === undefined ? {} : { [key]: value }) } };
}

function defined<V extends object>(values: V): { [K in keyof V]?: Exclude<V[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function column<T extends KubeObject>(
  name: string,
  type: TableColumn<T>['type'],
  value: TableColumn<T>['value'],
): TableColumn<T> {
  return { name, type, description: name, priority: 0, value };
}

export interface GadgetOptions extends Pick<
  ResourceDefinition<Gadget>,
  'storageVersion' | 'served' | 'deprecated' | 'defaults'
> {
  readonly v1?: Partial<Pick<VersionDefinition<GadgetV1>, 'served' | 'deprecated' | 'defaults'>>;
  readonly redaction?: ResourceDefinition<Gadget>['redaction'];
  /** Of the hub, for its scale subresource. */
  readonly registry?: () => ResourceRegistry<Gadget>;
}

export function gadgetDefinition({
  v1 = {},
  redaction,
  registry,
  ...hub
}: GadgetOptions = {}): ResourceDefinition<Gadget> {
  return {
    ...{ group, version: 'v1beta1', plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
    ...{ shortNames: ['gd'], categories: [], namespaced: true },
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
    schema: createResourceSchema('example.gadgets.v1beta1.Gadget', gadgetSchemas),
    columns: [column('Color', 'string', ({ spec }) => spec?.color)],
    selectableFields: { 'spec.color': ({ spec }) => spec?.color ?? '' },
    strategy: {
      validateCreate: (_, gadget) => colorErrors(gadget),
      validateUpdate: (_, gadget) => colorErrors(gadget),
      warnings: ({ spec }) => (spec?.color === 'grey' ? ['spec.color: "grey" is going out of fashion'] : []),
    },
    subresources: {
      status: { type: 'status' },
      ...(registry === undefined ? {} : { scale: scale(registry, 'v1beta1') }),
    },
    ...(redaction === undefined ? {} : { redaction }),
    ...hub,
    versions: [
      versionOf<GadgetV1, Gadget>({
        version: 'v1',
        schema: createResourceSchema('example.gadgets.v1.Gadget', gadgetSchemas),
        columns: [
          column('Paint', 'string', ({ spec }) => spec?.paint?.color),
          column('Count', 'integer', ({ spec }) => spec?.count),
        ],
        selectableFields: { 'spec.paint.color': ({ spec }) => spec?.paint?.color ?? '' },
        subresources: {
          status: { type: 'status' },
          ...(registry === undefined ? {} : { scale: scale(registry, 'v1') }),
        },
        ...v1,
        toHub,
        fromHub,
      }),
    ],
  };
}

function colorErrors({ spec }: Gadget): FieldError[] {
  return spec?.color === 'green' ? [invalid('spec.color', 'green', 'must not be green')] : [];
}

const replicasIn = {
  'gadgets.example/v1beta1': fieldPath('spec', 'replicas'),
  'gadgets.example/v1': fieldPath('spec', 'count'),
};

/** The scale of the version: its owners own the field of that version. */
function scale(registry: () => ResourceRegistry<Gadget>, version: 'v1beta1' | 'v1'): ObjectSubresource {
  const apiVersion = `${group}/${version}` as const;
  const field = { apiVersion, path: replicasIn[apiVersion], others: new Map(Object.entries(replicasIn)) };
  const show = ({ metadata, spec }: Stored<Gadget>): Scale => {
    const { name, namespace = '', uid, resourceVersion, creationTimestamp } = metadata;
    return {
      ...{ apiVersion: 'autoscaling/v1', kind: 'Scale' },
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: spec?.replicas ?? 0 },
    };
  };
  return {
    ...{ type: 'object', group: 'autoscaling', version: 'v1', kind: 'Scale', tracksOwners: true },
    schema: createResourceSchema(scaleName, gadgetSchemas),
    get: async (_context, target) => show((await registry().get(target)).object),
    async update(context, target, transform, { dryRun = false, fieldManager = '' }) {
      const written = await registry().update(
        context,
        target,
        async (gadget) => {
          const current = gadget ?? (await registry().get(target)).object;
          const next = (await transform(withScaleOwners(show(current), current, field))) as Scale;
          const replicas = next.spec?.replicas;
          const scaled = { ...current, spec: { ...current.spec, ...defined({ replicas }) } };
          return withOwnersOfScale(scaled, next, field);
        },
        { dryRun, fieldManager, ownership: 'given' },
      );
      return show(written.object);
    },
  };
}

interface Scale extends KubeObject {
  spec?: { replicas?: number };
}

export const v1beta1 = '/apis/gadgets.example/v1beta1/namespaces/default/gadgets';
export const v1 = '/apis/gadgets.example/v1/namespaces/default/gadgets';

/** A server of gadgets, started. */
export async function startedGadgets(options: ApiOptions = {}, gadget: GadgetOptions = {}): Promise<Api> {
  const api: { current?: Api } = {};
  const registry = (): ResourceRegistry<Gadget> => {
    if (api.current === undefined) throw new Error('the server is not there yet');
    return api.current.server.registry<Gadget>(group, 'gadgets');
  };
  const resources: ServedResource[] = [served(gadgetDefinition({ registry, ...gadget }))];
  api.current = await Api.started({ resources, openApiSchemas: gadgetSchemas, ...options });
  return api.current;
}

export function gadget(name: string, spec: Gadget['spec'] = {}, metadata: object = {}): Gadget {
  return { apiVersion: 'gadgets.example/v1beta1', kind: 'Gadget', metadata: { name, ...metadata }, spec };
}

export function gadgetV1(name: string, spec: GadgetV1['spec'] = {}, metadata: object = {}): GadgetV1 {
  return { apiVersion: 'gadgets.example/v1', kind: 'Gadget', metadata: { name, ...metadata }, spec };
}
