/** The files for k9s have its form, and name resources, columns, subresources and commands that exist. */
import process from 'node:process';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { kubedirectorResources } from '../../../src/apis/kubedirector/schemas.gen.ts';
import type { ResourceNames } from '../../../src/apis/kubedirector/resource-names.ts';
import { group, version } from '../../../src/apis/kubedirector/types.ts';
import { clusterCommands } from '../../../src/plugin/clusters/commands.ts';
import { readText } from './manifest-files.ts';

interface Plugin {
  readonly shortCut: string;
  readonly scopes: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly confirm?: boolean;
  readonly dangerous?: boolean;
}

interface View {
  readonly sortColumn?: string;
  readonly columns: readonly string[];
}

const text = { type: 'string' };
const texts = { type: 'array', items: text, minItems: 1 };
const flag = { type: 'boolean' };
const mapOf = (name: string, required: readonly string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required: [name],
  properties: {
    [name]: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: false, required, properties },
    },
  },
});
/** As k9s 0.50 has them. Source: derailed/k9s, internal/config/json/schemas. */
const pluginsSchema = mapOf('plugins', ['shortCut', 'description', 'scopes', 'command'], {
  ...{ shortCut: text, description: text, command: text, scopes: texts, args: texts },
  ...{ confirm: flag, dangerous: flag, background: flag, override: flag, overwriteOutput: flag },
});
const viewsSchema = mapOf('views', ['columns'], { sortColumn: text, columns: texts });

const pluginsFile = parse(readText('manifests/k9s/plugins.yaml')) as { plugins: Record<string, Plugin> };
const viewsFile = parse(readText('manifests/k9s/views.yaml')) as { views: Record<string, View> };
const plugins = Object.entries(pluginsFile.plugins);
const resources: readonly ResourceNames[] = Object.values(kubedirectorResources);
/** Keys that k9s itself has in every table: sorting by namespace, name and age. */
const taken = ['Shift-P', 'Shift-N', 'Shift-A'];
const actions = ['restart', 'suspend', 'resume'];

it.each([
  ['plugins', pluginsSchema, pluginsFile],
  ['views', viewsSchema, viewsFile],
])('The %s have the form that k9s wants', (_, schema, file) => {
  const validate = new Ajv().compile(schema);
  expect([validate(file), validate.errors]).toEqual([true, null]);
});

describe.each(plugins)('The plugin %s', (_, { shortCut, scopes, command, args, confirm, dangerous }) => {
  const line = [command, ...args].join(' ');

  it('has a key of its own, for resources that exist', () => {
    expect(taken).not.toContain(shortCut);
    expect(plugins.filter(([, other]) => other.shortCut === shortCut)).toHaveLength(1);
    for (const scope of scopes) expect(resources.map(({ plural }) => plural)).toContain(scope);
  });

  it('names the cluster, its namespace and the context, and nothing else that k9s would have to know', () => {
    const names = [...line.matchAll(/\$(!?[\w-]+)/g)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual(['CONTEXT', 'NAME', 'NAMESPACE']);
  });

  it('calls a subresource of clusters or a command of kubectl kd, and asks before it changes something', () => {
    const path = `/apis/${group}/${version}/namespaces/$NAMESPACE/kubedirectorclusters/$NAME/`;
    const subresource = line.split(path)[1]?.split(' ')[0];
    const words = /kubectl kd (\w+)/.exec(line)?.[1];
    const known = clusterCommands({ stdout: process.stdout, stderr: process.stderr, end: () => undefined });
    const isAction = subresource !== undefined && actions.includes(subresource);
    if (words !== undefined) expect(known.map((one) => one.name())).toContain(words);
    else expect([...actions, 'log']).toContain(subresource);
    expect([confirm, dangerous]).toEqual(isAction ? [true, true] : [undefined, undefined]);
    expect(line.includes('kubectl create')).toBe(isAction);
  });
});

it.each(Object.entries(viewsFile.views))('The view of %s has columns that the server prints', (name, view) => {
  const found = resources.find(({ plural }) => `${group}/${version}/${plural}` === name);
  const printed = ['NAMESPACE', 'NAME', ...(found?.columns ?? []).map((column) => column.name.toUpperCase())];
  for (const column of view.columns) expect(printed).toContain(column);
  if (view.sortColumn !== undefined) {
    expect(view.sortColumn).toMatch(/:(asc|desc)$/);
    expect(view.columns).toContain(view.sortColumn.split(':')[0]);
  }
});
