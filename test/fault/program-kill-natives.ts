/** The native objects of clusters: those that exist, beside those that should. */
import type { Client, Thing } from './program-kill-client.ts';

const core = '/api/v1/namespaces/default';
const clusterLabel = 'kubedirector.hpe.com/kdcluster';
const roleLabel = 'kubedirector.hpe.com/role';

/** "spark/worker": how many there are of it. */
type Counts = Record<string, number>;

function counted(things: readonly Thing[], each: (thing: Thing) => number = () => 1): Counts {
  const counts: Counts = {};
  for (const thing of things) {
    const { labels = {}, name } = thing.metadata;
    const of = labels[clusterLabel] === undefined ? name : `${labels[clusterLabel]}/${labels[roleLabel] ?? ''}`;
    counts[of] = (counts[of] ?? 0) + each(thing);
  }
  return counts;
}

/** What exists, and what should exist of these clusters: neither more nor less. */
export async function natives(client: Client, clusters: readonly Thing[]): Promise<{ is: object; should: object }> {
  const sets = await client.list('/apis/apps/v1/namespaces/default/statefulsets');
  const services = (await client.list(`${core}/services`)).filter(({ metadata }) => metadata.name !== 'kubernetes');
  const claims = await client.list(`${core}/persistentvolumeclaims`);
  const roles = clusters.flatMap(({ metadata, spec }) =>
    (spec?.roles ?? []).map(({ id, members = 1, storage }) => ({ key: `${metadata.name}/${id}`, members, storage })),
  );
  const populated = roles.filter(({ members }) => members > 0);
  const members = Object.fromEntries(populated.map(({ key, members: count }) => [key, count]));
  const stored = populated.filter(({ storage }) => storage !== undefined);
  const volumes = stored.reduce((sum, { members: count }) => sum + count, 0);
  const owners = new Set(clusters.map(({ metadata }) => metadata.uid));
  const headless = Object.fromEntries(clusters.map(({ metadata }) => [`${metadata.name}/`, 1]));
  return {
    is: {
      sets: counted(sets),
      replicas: counted(sets, ({ spec }) => spec?.replicas ?? 0),
      owned: sets.every(({ metadata }) => metadata.ownerReferences?.every(({ uid }) => owners.has(uid))),
      pods: counted(await client.list(`${core}/pods`)),
      services: counted(services),
      claims: counted(claims),
      volumes: (await client.list('/api/v1/persistentvolumes')).length,
    },
    should: {
      sets: Object.fromEntries(populated.map(({ key }) => [key, 1])),
      replicas: members,
      owned: true,
      pods: members,
      services: { ...members, ...headless },
      claims: Object.fromEntries(stored.map(({ key, members: count }) => [key, count])),
      volumes,
    },
  };
}
