/** A cluster that exists, and the status that the controller gave it. */
import { afterEach, beforeEach } from 'vitest';
import type { ClusterStatus, KubeDirectorApp, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

export let fixture: Fixture;
export async function settle(members: MemberStatus[], status: ClusterStatus = {}, role = 'only'): Promise<void> {
  const generation = fixture.clusters.cache.get(namespace, 'one')?.object.metadata.generation ?? 0;
  const roles = [{ id: role, statefulSet: 'set', members }];
  await fixture.setStatus('one', { state: 'configured', observedGeneration: generation, roles, ...status });
}

/** Gives each test of the file that calls this a group of its own, with a cluster. */
export function eachWithCluster(): void {
  beforeEach(async () => {
    fixture = await Fixture.started();
    const app: KubeDirectorApp = structuredClone(minimalApp);
    app.spec.roles.push({ id: 'extra', cardinality: '0+' });
    app.spec.config.selectedRoles.push('extra');
    await fixture.app(app);
    await fixture.cluster(minimalCluster);
  });
  afterEach(() => fixture.stop());
}
