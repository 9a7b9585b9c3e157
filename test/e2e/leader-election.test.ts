import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation, systemNamespace } from './support/installation.ts';
import { startReplica, type Replica } from './support/replicas.ts';

const ours = installation();
const cluster = clusterOf(ours);
const why =
  ours.form === 'host' ? '' : ' (skipped: in form node the server is one Deployment, whose storage is its own)';

interface Lease {
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseDurationSeconds: number;
    readonly acquireTime: string;
    readonly renewTime: string;
    readonly leaseTransitions: number;
  };
}

const fields = ['acquireTime', 'holderIdentity', 'leaseDurationSeconds', 'leaseTransitions', 'renewTime'];
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let namespace: string;
let replicas: Replica[] = [];
beforeAll(async () => {
  namespace = await cluster.makeNamespace('election');
});
afterEach(async () => {
  for (const replica of replicas) {
    replica.signal('SIGCONT');
    replica.signal('SIGTERM');
  }
  await Promise.all(replicas.map((replica) => replica.command.ended));
  replicas = [];
});
afterAll(() => cluster.dropNamespaces(namespace));

const lease = async (): Promise<Lease> => {
  const found = await cluster.read<Lease>('lease/kubedirector', '-n', systemNamespace);
  if (found === undefined) throw new Error('there is no Lease');
  return found;
};
const start = async (...names: readonly string[]): Promise<void> => {
  replicas.push(...(await Promise.all(names.map((name) => startReplica(ours, cluster, { name, namespace })))));
};
/** The one that leads, and the others. */
const roles = () =>
  eventually('a leader', async () => {
    const { holderIdentity } = (await lease()).spec;
    const leader = replicas.find((one) => one.isNamedBy(holderIdentity));
    return leader && { leader, others: replicas.filter((one) => one !== leader) };
  });
/** Seconds until one of them leads: for people who read the output. */
async function seconds(what: string, done: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await done();
  console.info(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
const leads = (of: readonly Replica[]) => async (): Promise<void> => {
  await eventually(
    'another leader',
    async () => {
      const { holderIdentity } = (await lease()).spec;
      return of.some((one) => one.isNamedBy(holderIdentity));
    },
    45_000,
  );
};

describe.skipIf(why !== '')(`Replicas that elect a leader${why}`, () => {
  it('have a Lease as client-go writes it, and tell by events who leads', async () => {
    await start('one', 'other');
    const { leader } = await roles();
    const { spec } = await lease();
    expect(Object.keys(spec).sort()).toEqual(fields);
    expect(spec.holderIdentity).toMatch(/^.+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(spec.leaseDurationSeconds).toBe(15);
    expect(spec.acquireTime).toMatch(microTime);
    expect(spec.renewTime).toMatch(microTime);
    expect(await cluster.ok('get', 'lease', 'kubedirector', '-n', systemNamespace)).toContain(spec.holderIdentity);
    const message = `${spec.holderIdentity} became leader`;
    await eventually('the event', async () => {
      const text = await cluster.ok('get', 'events', '-n', systemNamespace, '--field-selector=reason=LeaderElection');
      return text.includes(message) && text.includes('lease/kubedirector');
    });
    expect(leader.command.stderr()).toContain('became leader');
  });

  it('hand over at once when the leader is stopped', async () => {
    await start('one', 'other');
    const { leader, others } = await roles();
    const { leaseTransitions } = (await lease()).spec;
    await seconds('from SIGTERM to the next leader', async () => {
      leader.signal('SIGTERM');
      await leads(others)();
    });
    expect((await lease()).spec.leaseTransitions).toBe(leaseTransitions + 1);
  });

  it('have another leader soon after the leader was killed', async () => {
    await start('one', 'other');
    const { leader, others } = await roles();
    await seconds('from SIGKILL to the next leader', async () => {
      leader.signal('SIGKILL');
      await leads(others)();
    });
  });

  it('have one leader only when one that stood still wakes up, which goes on as a follower', async () => {
    await start('one', 'other');
    const { leader, others } = await roles();
    leader.signal('SIGSTOP');
    await leads(others)();
    leader.signal('SIGCONT');
    await leader.command.printed('leadership is lost');
    await leader.command.printed('stopped leading');
    expect(leader.command.process.exitCode).toBeNull();
    await leads(others)();
    // It can lead again.
    for (const other of others) other.signal('SIGTERM');
    await leads([leader])();
  });
});
