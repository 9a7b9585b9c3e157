/** A few resources with every kind of subresource. */
import type { ObjectSubresource, ResourceDefinition } from '../../../src/apiserver/resource.ts';
import { createResourceSchema } from '../../../src/schema/index.ts';
import { things } from '../negotiation/definition.ts';
import { schemas } from '../schema/thing.ts';

const refuse = (): never => {
  throw new Error('not asked for in these tests');
};

const scale: ObjectSubresource = {
  type: 'object',
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: createResourceSchema('io.k8s.api.autoscaling.v1.Scale', schemas),
  get: refuse,
  update: refuse,
};

const parts: ObjectSubresource = {
  type: 'object',
  group: 'example.com',
  version: 'v1',
  kind: 'Part',
  schema: createResourceSchema('com.example.v1.Part', schemas),
  get: refuse,
};

export const pods: ResourceDefinition = {
  ...(things as unknown as ResourceDefinition),
  group: '',
  plural: 'pods',
  singular: 'pod',
  kind: 'Pod',
  listKind: 'PodList',
  shortNames: ['po'],
  schema: createResourceSchema('io.k8s.api.core.v1.Pod', schemas),
  subresources: {
    log: { type: 'text', get: refuse },
    binding: {
      type: 'action',
      group: '',
      version: 'v1',
      kind: 'Binding',
      schema: createResourceSchema('io.k8s.api.core.v1.Binding', schemas),
      create: refuse,
    },
  },
};

export const nodes: ResourceDefinition = {
  ...pods,
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  listKind: 'NodeList',
  shortNames: [],
  categories: [],
  namespaced: false,
  schema: createResourceSchema('io.k8s.api.core.v1.Node', schemas),
  subresources: {},
};

/** Computed, and so read-only. */
export const views: ResourceDefinition = {
  ...(things as unknown as ResourceDefinition),
  plural: 'thingviews',
  singular: 'thingview',
  kind: 'ThingView',
  listKind: 'ThingViewList',
  shortNames: [],
  categories: [],
  verbs: ['get', 'list', 'watch'],
};

export const group: readonly ResourceDefinition[] = [
  { ...(things as unknown as ResourceDefinition), subresources: { status: { type: 'status' }, scale, parts } },
  views,
];
export const everything: readonly ResourceDefinition[] = [pods, nodes, ...group];
