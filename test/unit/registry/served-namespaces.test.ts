import { expect, it } from 'vitest';
import { context, Fixture, refusal } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

it('a cluster is made in the served namespaces only, be it from a backup or a dry run', async () => {
  const fixture = await Fixture.started(['team-a', 'team-b']);
  await fixture.app(minimalApp, 'kubedirector');
  expect((await fixture.cluster(minimalCluster, 'team-b')).metadata.namespace).toBe('team-b');
  const restored = {
    ...minimalCluster,
    metadata: { name: 'back', labels: { 'kubedirector.hpe.com/restoring': '' } },
  };
  const attempts = [
    fixture.cluster(minimalCluster, 'team-c'),
    fixture.cluster(restored, 'team-c'),
    fixture.clusters.create(context, 'team-c', minimalCluster, { dryRun: true }),
  ];
  for (const attempt of attempts) {
    const { status } = await refusal(attempt);
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(status.message).toContain('serves clusters in the namespaces team-a, team-b only');
    expect(status.message).toContain('add "team-c" to --namespaces');
  }
  fixture.stop();
});
