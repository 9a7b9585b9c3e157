/** Argo CD's settings for our kinds do with real objects what their tests say. The files have the layout of its resource_customizations. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readText, root } from './manifest-files.ts';
import { runLua } from './lua.ts';

interface HealthTests {
  readonly tests: readonly { readonly inputPath: string; readonly healthStatus: object }[];
}

interface ActionTests {
  readonly discoveryTests: readonly {
    readonly inputPath: string;
    readonly result: readonly { readonly name: string; readonly disabled: boolean }[];
  }[];
  readonly actionTests: readonly {
    readonly action: string;
    readonly inputPath: string;
    readonly expectedOutputPath: string;
  }[];
}

interface Restarted {
  readonly spec: { readonly restartedAt: string };
}

const folder = 'manifests/argo-cd/kubedirector.hpe.com';
const kinds = readdirSync(join(root, folder));
const read = (...path: readonly string[]): unknown => parse(readText(join(folder, ...path)));
const lua = (...path: readonly string[]): string => readText(join(folder, ...path));
const hasActions = (kind: string): boolean => existsSync(join(root, folder, kind, 'actions'));

describe.each(kinds)('The health check of a %s', (kind) => {
  const { tests } = read(kind, 'health_test.yaml') as HealthTests;

  it.each(tests)('says what it should of $inputPath', async ({ inputPath, healthStatus }) => {
    expect(await runLua(lua(kind, 'health.lua'), read(kind, inputPath))).toEqual(healthStatus);
  });

  it('has a test for each object of its testdata', () => {
    const used = tests.map(({ inputPath }) => inputPath.replace('testdata/', ''));
    expect(used.sort()).toEqual(readdirSync(join(root, folder, kind, 'testdata')).sort());
  });

  it.each([{}, { status: {} }, { status: { conditions: [] } }])('waits for an object with %j', async (rest) => {
    const answer = await runLua(lua(kind, 'health.lua'), { metadata: { generation: 1 }, ...rest });
    expect(answer).toEqual({ status: 'Progressing', message: 'waiting for KubeDirector' });
  });
});

describe.each(kinds.filter(hasActions))('The actions of a %s', (kind) => {
  const { discoveryTests, actionTests } = read(kind, 'actions/action_test.yaml') as ActionTests;
  const object = (path: string): unknown => read(kind, 'actions', path);

  it.each(discoveryTests)('are offered as far as they make sense for $inputPath', async ({ inputPath, result }) => {
    const found = await runLua(lua(kind, 'actions/discovery.lua'), object(inputPath));
    expect(found).toEqual(Object.fromEntries(result.map(({ name, disabled }) => [name, { disabled }])));
  });

  it.each(actionTests)('change the spec: $action', async ({ action, inputPath, expectedOutputPath }) => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const changed = await runLua(lua(kind, 'actions', action, 'action.lua'), object(inputPath));
    const wanted = object(expectedOutputPath);
    if (action !== 'restart') {
      expect(changed).toEqual(wanted);
      return;
    }
    const { restartedAt } = (changed as Restarted).spec;
    expect(restartedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(restartedAt)).toBeGreaterThanOrEqual(before);
    expect(changed).toEqual({ ...(wanted as object), spec: { ...(wanted as Restarted).spec, restartedAt } });
  });

  it('all have a script and a test', () => {
    const scripts = readdirSync(join(root, folder, kind, 'actions'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'testdata')
      .map(({ name }) => name);
    expect(scripts.sort()).toEqual(actionTests.map(({ action }) => action).sort());
    for (const { result } of discoveryTests) expect(result.map(({ name }) => name).sort()).toEqual(scripts.sort());
  });
});

it('Argo CD gives scripts neither files nor processes, and takes Lua 5.1 only', async () => {
  await expect(runLua('return os.getenv("HOME")', {})).rejects.toThrow();
  await expect(runLua('return string.upper("a")', {})).rejects.toThrow();
  await expect(runLua('return io', {})).resolves.toBeFalsy();
  await expect(runLua('return 3 // 2', {})).rejects.toThrow('no Lua 5.1');
});
