/** Writes with the largest bodies that are taken, and some that are refused. */
import { minimalApp, minimalCluster } from '../../unit/registry/objects.ts';
import { apps, clusters, type Kind } from './kind.ts';

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

/** It may be refused because of its size; that does not matter here. */
const status = [200, 201, 400, 413, 415, 422];

const all: Omit<Kind, 'status'>[] = [
  ...Object.entries(largest).map(([what, spec]) => {
    let made: string | undefined;
    return {
      name: `create, body of many ${what}`,
      atOnce: [1, 3],
      // The name has always the same length.
      call: (at: number) => {
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
    call: () => ({ method: 'POST', path: apps, headers: json, body: deep(1_400_000) }),
  },
  {
    name: 'create, YAML',
    atOnce: [1, 2],
    call: (at: number) => ({
      method: 'POST',
      path: `${apps}?dryRun=All`,
      headers: { 'content-type': 'application/yaml' },
      body: `metadata: {name: y${at}}\nspec: ${JSON.stringify({ ...minimalApp.spec, unknown: Object.fromEntries(Object.entries(manyKeys).slice(0, 30_000)) })}`,
    }),
  },
  {
    name: 'create, YAML of as many lines as are taken',
    atOnce: [1, 3],
    call: (at: number) => ({
      method: 'POST',
      path: `${apps}?dryRun=All`,
      headers: { 'content-type': 'application/yaml' },
      body: `metadata: {name: l${at}}\nspec:\n${Array.from({ length: 1_900 }, (_, line) => `  key${line}: value\n`).join('')}`,
    }),
  },
  {
    name: 'create, YAML of aliases',
    atOnce: [1],
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
    atOnce: [1, 20],
    call: () => ({ method: 'DELETE', path: `${clusters}/c000001?dryRun=All` }),
  },
];

export const bodies: readonly Kind[] = all.map((kind) => ({ ...kind, status }));
