/** What the views show of a cluster. */
import { afterEach, beforeEach } from 'vitest';
import type { KubeDirectorEndpoint, KubeDirectorRole, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { Fixture } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

export let fixture: Fixture;

export const member = (pod: string, state: MemberStatus['state'] = 'configured'): MemberStatus => ({
  pod,
  service: `s-${pod}`,
  nodeID: pod.charCodeAt(0),
  state,
  authToken: 'token-of-' + pod,
  stateDetail: { lastKnownContainerState: 'running' },
});
export const setMembers = (...members: MemberStatus[]) =>
  fixture.setStatus('one', {
    state: 'configured',
    observedGeneration: 1,
    roles: [{ id: 'only', statefulSet: 'set', members }],
  });

/** Once what has been written, or put down, has been computed. */
export async function roles(): Promise<KubeDirectorRole[]> {
  await fixture.group.roles.cache.current();
  return fixture.group.roles.cache.list({}).objects.map(({ object }) => object);
}
export async function endpoints(): Promise<KubeDirectorEndpoint[]> {
  await fixture.group.endpoints.cache.current();
  return fixture.group.endpoints.cache.list({}).objects.map(({ object }) => object);
}

/** Gives each test of the file that calls this a group of its own, with a cluster. */
export function eachWithViews(): void {
  beforeEach(async () => {
    fixture = await Fixture.started();
    await fixture.app(minimalApp);
    await fixture.cluster(minimalCluster);
  });
  afterEach(() => fixture.stop());
}
