/** What the annotation of kubectl apply keeps of a cluster that was applied. */
import { expect, it } from 'vitest';
import { lastAppliedAnnotation, withoutAppliedSecrets } from '../../../src/apis/kubedirector/last-applied.ts';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';

function applied(file: object): KubeDirectorCluster {
  return {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorCluster',
    metadata: { name: 'x', annotations: { [lastAppliedAnnotation]: JSON.stringify(file) } },
    spec: { app: 'a', roles: [] },
  };
}

const keptOf = (file: object): unknown =>
  JSON.parse(withoutAppliedSecrets(applied(file)).metadata.annotations?.[lastAppliedAnnotation] ?? '');

it("keeps no auth token of an exported cluster's members", () => {
  const members = (token: object) => [{ pod: 'p-0', ...token }, { pod: 'p-1' }];
  const file = (token: object) => ({ spec: { app: 'a' }, status: { roles: [{ id: 'r', members: members(token) }] } });
  expect(keptOf(file({ authToken: 'secret' }))).toEqual(file({}));
});

it('keeps no value of a secret key', () => {
  const file = (value: object) => ({ spec: { roles: [{ id: 'r', secretKeys: [{ name: 'k', ...value }] }] } });
  expect(keptOf(file({ value: 'secret' }))).toEqual(file({}));
});

it('leaves a cluster alone whose annotation holds no secret', () => {
  const cluster = applied({ spec: { roles: [{ id: 'r' }] }, status: { roles: 'none' } });
  expect(withoutAppliedSecrets(cluster)).toBe(cluster);
});
