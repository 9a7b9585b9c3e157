/** Requests of every kind, each as large as the server takes it. */
import { bodies } from './bodies.ts';
import { clusters, inNamespace, type Kind } from './kind.ts';
import { root } from './objects.ts';

const both = [1, 20];
const accept = (value: string): { headers: Record<string, string> } => ({ headers: { accept: value } });
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partials = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const initialEnd = 'k8s.io/initial-events-end';
const streaming =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true';

/** A comma needs no escape in a query, so more of them fit. */
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
  { name: 'list, JSON, pretty', atOnce: [1, 2], call: () => ({ path: `${clusters}?pretty=true` }) },
  { name: 'list, gzip', atOnce: both, call: () => ({ path: clusters, headers: { 'accept-encoding': 'gzip' } }) },
  {
    name: 'list, YAML, let go after a second',
    atOnce: [1, 3],
    status: [0, 200],
    call: () => ({ path: clusters, ...accept('application/yaml'), letGoMs: 1_000 }),
  },
  {
    name: 'list, YAML, page of 200',
    atOnce: [1],
    call: () => ({ path: `${clusters}?limit=200`, ...accept('application/yaml') }),
  },
  { name: 'list, Table', atOnce: [1, 6], call: () => ({ path: clusters, ...accept(table) }) },
  {
    name: 'list, Table with objects',
    atOnce: [1, 4],
    call: () => ({ path: `${clusters}?includeObject=Object`, ...accept(table) }),
  },
  { name: 'list, PartialObjectMetadata', atOnce: [1, 5], call: () => ({ path: clusters, ...accept(partials) }) },
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

const protobuf: Kind[] = (['v2', 'v3'] as const).map((version) => ({
  name: `/openapi/${version}, protobuf`,
  atOnce: both,
  call: () => ({
    path: version === 'v2' ? '/openapi/v2' : `/openapi/v3${root}`,
    ...accept(`application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`),
  }),
}));

/** These come last, because they delete what the others need. */
const deletions: Kind[] = [
  {
    name: 'deletecollection, dry run',
    atOnce: [1],
    call: () => ({ method: 'DELETE', path: `${clusters}?dryRun=All` }),
  },
  { name: 'deletecollection', atOnce: [1], call: () => ({ method: 'DELETE', path: clusters }) },
];

export const kinds: readonly Kind[] = [...lists, ...watches, ...documents, ...protobuf, ...bodies, ...deletions];
