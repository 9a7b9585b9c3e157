import { expect, test } from 'vitest';
import type { ConfigMap, Secret } from '../../../src/apis/kubernetes/types.ts';
import type { NamedReader } from '../../../src/clients/contract.ts';
import { createConnectionWatches } from '../../../src/controller/observe/connection-watches.ts';
import type { Stored } from '../../../src/meta/object.ts';

const stored = (resourceVersion: string): Stored<ConfigMap> => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { name: 'conf', namespace: 'ns', uid: 'u', resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' },
});
const nothing: NamedReader<Secret> = { read: () => Promise.resolve(undefined), watchOne: () => () => undefined };

/** Follows one ConfigMap, whose read and watch answer when they are told to. */
function follow() {
  type Take = (object: Stored<ConfigMap> | undefined) => void;
  let answer: Take = () => undefined;
  let tell: Take = answer;
  const configMaps: NamedReader<ConfigMap> = {
    read: () => new Promise((resolve) => (answer = resolve)),
    watchOne(_target, listener) {
      tell = listener;
      return () => undefined;
    },
  };
  const changes: string[] = [];
  const watches = createConnectionWatches({ configMaps, secrets: nothing, onChange: (key) => changes.push(key) });
  const followed = watches.follow('ns/sample', { configMaps: ['conf'], secrets: [] });
  const versions = () => watches.configMaps('ns', ['conf']).map(({ metadata }) => metadata.resourceVersion);
  return { answer, tell, followed, versions, changes };
}

test('a read shows a connected object before its watch does', async () => {
  const { answer, followed, versions } = follow();
  answer(stored('1'));
  await followed;
  expect(versions()).toEqual(['1']);
});

test.each([
  ['is gone', undefined, []],
  ['has changed', stored('2'), ['2']],
])('a read that answers late does not undo that the watch has told that the object %s', async (_how, object, seen) => {
  const { answer, tell, followed, versions, changes } = follow();
  tell(object);
  answer(stored('1'));
  await followed;
  expect(versions()).toEqual(seen);
  expect(changes).toEqual(['ns/sample']);
});
