/** Requests of every kind, each as large as the server takes it. */
import { minimalApp, minimalCluster } from '../../unit/registry/objects.ts';
import { namespace, root } from './objects.ts';
import type { Call } from './server.ts';

export interface Kind {
  readonly name: string;
  /** How many are sent at once, in one round after the other. */
  readonly atOnce: readonly number[];
  /** Absent: 200. */
  readonly status?: number;
  /** @param at counts all that are ever sent, so that names can differ */
  readonly call: (at: number) => Call;
}

const both = [1, 20];
const inNamespace = `${root}/namespaces/${namespace}`;
const clusters = `${inNamespace}/kubedirectorclusters`;
const apps = `${inNamespace}/kubedirectorapps`;
const accept = (value: string): { headers: Record<string, string> } => ({ headers: { accept: value } });
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partials = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const initialEnd = 'k8s.io/initial-events-end';
const streaming =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true';

/** A comma may stand in a query as it is: there is room for more. */
const escaped = (text: string): string => encodeURIComponent(text).replaceAll('%2C', ',');
const requirements = (count: number, one: (at: number) => string): string =>
  `labelSelector=${escaped(Array.from({ length: count }, (_, at) => one(at)).join(','))}`;
/** Every object has to be asked for each of them. */
const manyRequirements = requirements(1_200, (at) => `k${at}!=v${at}`);
const manyValues = requirements(
  1,
  () => `number notin (${Array.from({ length: 9_000 }, (_, at) => `v${at}`).join(',')})`,
);
const manyFields = `fieldSelector=${encodeURIComponent(Array.from({ length: 1_500 }, (_, at) => `metadata.name!=x${at}`).join(','))}`;

const lists: Kind[] = [
  { name: 'get', atOnce: both, call: () => ({ path: `${clusters}/c000001` }) },
  { name: 'list, JSON', atOnce: both, call: () => ({ path: clusters }) },
  { name: 'list, JSON, all namespaces', atOnce: [20], call: () => ({ path: `${root}/kubedirectorclusters` }) },
  { name: 'list, JSON, pretty', atOnce: [1, 3], call: () => ({ path: `${clusters}?pretty=true` }) },
  { name: 'list, gzip', atOnce: both, call: () => ({ path: clusters, headers: { 'accept-encoding': 'gzip' } }) },
  {
    name: 'list, YAML, let go after a second',
    atOnce: [1, 5],
    call: () => ({ path: clusters, ...accept('application/yaml'), letGoMs: 1_000 }),
  },
  {
    name: 'list, YAML, page of 200',
    atOnce: [1],
    call: () => ({ path: `${clusters}?limit=200`, ...accept('application/yaml') }),
  },
  { name: 'list, Table', atOnce: [1, 10], call: () => ({ path: clusters, ...accept(table) }) },
  {
    name: 'list, Table with objects',
    atOnce: [1, 4],
    call: () => ({ path: `${clusters}?includeObject=Object`, ...accept(table) }),
  },
  { name: 'list, PartialObjectMetadata', atOnce: [1, 10], call: () => ({ path: clusters, ...accept(partials) }) },
  { name: 'list, page of 5,000', atOnce: [1, 10], call: () => ({ path: `${clusters}?limit=5000` }) },
  {
    name: 'list, metadata.name',
    atOnce: both,
    call: () => ({ path: `${clusters}?fieldSelector=metadata.name%3Dc000007` }),
  },
  { name: 'list, half by a label', atOnce: [1, 10], call: () => ({ path: `${clusters}?labelSelector=tier%3Deven` }) },
  {
    name: 'list, 1,200 requirements',
    atOnce: [1, 3],
    call: () => ({ path: `${clusters}?${manyRequirements}&limit=1` }),
  },
  { name: 'list, 1,200 requirements, all', atOnce: [1], call: () => ({ path: `${clusters}?${manyRequirements}` }) },
  { name: 'list, 9,000 values', atOnce: [1, 5], call: () => ({ path: `${clusters}?${manyValues}` }) },
  { name: 'list, 1,500 fields', atOnce: [1], call: () => ({ path: `${clusters}?${manyFields}` }) },
  { name: 'roles, JSON', atOnce: [1, 10], call: () => ({ path: `${inNamespace}/kubedirectorroles` }) },
  {
    name: 'roles, Table',
    atOnce: [1, 5],
    call: () => ({ path: `${inNamespace}/kubedirectorroles`, ...accept(table) }),
  },
  { name: 'endpoints, JSON', atOnce: [1, 10], call: () => ({ path: `${inNamespace}/kubedirectorendpoints` }) },
  {
    name: 'endpoints, Table',
    atOnce: [1, 5],
    call: () => ({ path: `${inNamespace}/kubedirectorendpoints`, ...accept(table) }),
  },
];

const watches: Kind[] = [
  {
    name: 'watch with initial events',
    atOnce: [1, 10],
    call: () => ({ path: `${clusters}?${streaming}`, until: initialEnd }),
  },
  {
    name: 'watch with initial events, Table',
    atOnce: [1, 5],
    call: () => ({ path: `${clusters}?${streaming}`, ...accept(table), until: initialEnd }),
  },
  {
    name: 'watch with initial events, PartialObjectMetadata',
    atOnce: [1],
    call: () => ({
      path: `${clusters}?${streaming}`,
      ...accept('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
      until: initialEnd,
    }),
  },
  {
    name: 'watch with initial events, 1,200 requirements',
    atOnce: [1],
    call: () => ({ path: `${clusters}?${streaming}&${manyRequirements}`, until: initialEnd }),
  },
];

const documents: Kind[] = ['/apis', root, '/openapi/v2', '/openapi/v3', `/openapi/v3${root}`, '/metrics'].map(
  (path) => ({
    name: path,
    atOnce: both,
    call: () => ({ path }),
  }),
);

const json = { 'content-type': 'application/json' };
const app = (name: string, spec: object = {}): string =>
  JSON.stringify({ ...minimalApp, metadata: { name }, spec: { ...minimalApp.spec, ...spec } });
/** Below the limit of 3 MiB, with room for the rest of the object. */
const room = 3_000_000;
const manyKeys = Object.fromEntries(Array.from({ length: 130_000 }, (_, at) => [`key${at}`, at]));

const largest = {
  keys: { unknown: manyKeys },
  text: { unknown: 'x'.repeat(room) },
  escapes: { unknown: '"\\\u0001'.repeat(room / 12) },
  numbers: { unknown: new Array(room / 2).fill(0) },
  objects: { unknown: new Array(room / 3).fill({}) },
};
const deep = (levels: number): string => `{"spec":${'['.repeat(levels)}${']'.repeat(levels)}}`;

const bodies: Kind[] = [
  ...Object.entries(largest).map(([what, spec]): Kind => {
    let made: string | undefined;
    return {
      name: `create, body of many ${what}`,
      atOnce: [1, 3],
      status: 201,
      // The name has always the same length.
      call: (at) => {
        made ??= app('n000000', spec);
        return {
          method: 'POST',
          path: `${apps}?dryRun=All`,
          headers: json,
          body: made.replace('n000000', `n${String(at).padStart(6, '0')}`),
        };
      },
    };
  }),
  {
    name: 'create, nested a million times',
    atOnce: [1],
    status: 400,
    call: () => ({ method: 'POST', path: apps, headers: json, body: deep(1_400_000) }),
  },
  {
    name: 'create, YAML',
    atOnce: [1, 2],
    status: 201,
    call: (at) => ({
      method: 'POST',
      path: `${apps}?dryRun=All`,
      headers: { 'content-type': 'application/yaml' },
      body: `metadata: {name: y${at}}\nspec: ${JSON.stringify({ ...minimalApp.spec, unknown: Object.fromEntries(Object.entries(manyKeys).slice(0, 30_000)) })}`,
    }),
  },
  {
    name: 'create, YAML of aliases',
    atOnce: [1],
    status: 400,
    call: () => ({
      method: 'POST',
      path: apps,
      headers: { 'content-type': 'application/yaml' },
      body: `a: &a [${'x,'.repeat(1_000)}]\nb: [${'*a,'.repeat(20_000)}]`,
    }),
  },
  {
    name: 'update, many members',
    atOnce: [1, 5],
    call: () => ({
      method: 'PUT',
      path: `${clusters}/c000001?dryRun=All`,
      headers: json,
      body: JSON.stringify({
        ...minimalCluster,
        metadata: {
          name: 'c000001',
          labels: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`label-${at}`, 'x'])),
        },
      }),
    }),
  },
  {
    name: 'JSON patch of 10,000 operations',
    atOnce: [1],
    status: 200,
    call: () => ({
      method: 'PATCH',
      path: `${clusters}/c000001?dryRun=All`,
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify(
        Array.from({ length: 10_000 }, (_, at) => ({ op: 'add', path: `/metadata/labels/l${at}`, value: 'x' })),
      ),
    }),
  },
  {
    name: 'merge patch of 100,000 labels',
    atOnce: [1],
    call: () => ({
      method: 'PATCH',
      path: `${clusters}/c000001?dryRun=All`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({
        metadata: {
          labels: Object.fromEntries(
            Object.keys(manyKeys)
              .slice(0, 100_000)
              .map((key) => [key, 'x']),
          ),
        },
      }),
    }),
  },
  {
    name: 'apply of 20,000 labels',
    atOnce: [1],
    call: () => ({
      method: 'PATCH',
      path: `${clusters}/c000001?dryRun=All&fieldManager=holds&force=true`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify({
        apiVersion: minimalCluster.apiVersion,
        kind: minimalCluster.kind,
        metadata: {
          name: 'c000001',
          labels: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`label-${at}`, 'x'])),
        },
      }),
    }),
  },
  {
    name: 'delete, dry run',
    atOnce: both,
    call: () => ({ method: 'DELETE', path: `${clusters}/c000001?dryRun=All` }),
  },
];

/** They delete what the others need: last. */
const deletions: Kind[] = [
  {
    name: 'deletecollection, dry run',
    atOnce: [1],
    call: () => ({ method: 'DELETE', path: `${clusters}?dryRun=All` }),
  },
  { name: 'deletecollection', atOnce: [1], call: () => ({ method: 'DELETE', path: clusters }) },
];

export const kinds: readonly Kind[] = [...lists, ...watches, ...documents, ...bodies, ...deletions];
