import { beforeEach, describe, expect, it } from 'vitest';
import { timingsProblem } from '../../../src/clients/kubernetes/leader-election/index.ts';
import { LeadershipLostError } from '../../../src/runtime/leadership.ts';
import { ElectionWorld, leaseTarget, settle, timings } from './election-world.ts';

let world: ElectionWorld;
beforeEach(() => {
  world = new ElectionWorld();
});

/** Fails as soon as two act as leader at the same time. */
const onlyOne = (): void => expect(world.leaders.length).toBeLessThan(2);

describe('An election by a Lease', () => {
  it('makes the first candidate leader at once, with a record as client-go writes it', async () => {
    const a = await world.join('a');
    expect(world.leaders).toEqual(['a']);
    expect(world.leases.get(leaseTarget.namespace, leaseTarget.name)).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-02T03:04:05.000000Z',
        renewTime: '2026-01-02T03:04:05.000000Z',
        leaseTransitions: 0,
      },
    });
    expect(a.events).toEqual(['Lease LeaderElection: a became leader']);
    expect(await a.metrics.text()).toContain('leader_election_master_status{name="kubedirector"} 1');
  });

  it('renews every two seconds, and keeps acquireTime and leaseTransitions', async () => {
    await world.join('a');
    await world.advance(6_000);
    expect(world.spec).toMatchObject({
      acquireTime: '2026-01-02T03:04:05.000000Z',
      renewTime: '2026-01-02T03:04:11.000000Z',
      leaseTransitions: 0,
    });
  });

  it('has one leader of several candidates that begin together', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => world.join(name)));
    expect(world.leaders).toHaveLength(1);
    await world.advance(60_000, onlyOne);
    expect(world.leaders).toHaveLength(1);
    expect(world.candidates.flatMap(({ terms }) => terms)).toHaveLength(1);
  });

  it('hands over within a moment where the leader stops in order', async () => {
    const a = await world.join('a');
    const b = await world.join('b');
    await world.advance(5_000);
    await a.stop();
    await settle();
    expect(world.leaders).toEqual(['b']);
    expect(a.events.at(-1)).toBe('Lease LeaderElection: a stopped leading');
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 1 });
    expect(await a.metrics.text()).toContain('leader_election_master_status{name="kubedirector"} 0');
    expect(b.terms).toHaveLength(1);
  });

  it('gives the Lease back as client-go does where nobody else wants it', async () => {
    const a = await world.join('a');
    await world.advance(4_000);
    await a.stop();
    expect(world.spec).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: '2026-01-02T03:04:09.000000Z',
      renewTime: '2026-01-02T03:04:09.000000Z',
      leaseTransitions: 0,
    });
  });

  it('hands over within a retry period where the watch tells nothing', async () => {
    const a = await world.join('a');
    const b = await world.join('b');
    b.deaf = true;
    await world.advance(5_000);
    await a.stop();
    await world.advance(2_000 * 2.2);
    expect(world.leaders).toEqual(['b']);
  });

  it('takes a Lease whose holder is gone without a word after its duration, and not before', async () => {
    const a = await world.join('a');
    await world.join('b');
    await world.advance(4_000);
    a.paused = true;
    await world.advance(14_900, () => expect(world.spec.holderIdentity).toBe('a'));
    await world.advance(1_000);
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('does not trust the clocks of others', async () => {
    const a = await world.join('a', { start: new Date('2020-01-01T00:00:00Z') });
    await world.join('b', { start: new Date('2030-01-01T00:00:00Z') });
    await world.advance(60_000, onlyOne);
    expect(world.leaders).toEqual(['a']);
    a.paused = true;
    await world.advance(16_000);
    expect(world.leaders.at(-1)).toBe('b');
  });

  it('does not depend on wall clocks that jump by hours, its own or those of others', async () => {
    const a = await world.join('a');
    const b = await world.join('b', { start: new Date('2026-01-02T09:00:00Z') });
    const hour = 3_600_000;
    for (const jump of [5 * hour, -29 * hour, 400 * 24 * hour, -hour]) {
      a.clock.jump(jump);
      await world.advance(7_000, onlyOne);
      b.clock.jump(-jump);
      await world.advance(7_000, onlyOne);
      expect(world.leaders).toEqual(['a']);
    }
    expect(a.terms).toHaveLength(1);
    a.trouble = 'refused';
    a.clock.jump(-24 * hour);
    await world.advance(9_000, onlyOne);
    b.clock.jump(24 * hour);
    await world.advance(1_100, onlyOne);
    expect(world.leaders).toEqual([]);
    await world.advance(10_000, onlyOne);
    expect(world.leaders).toEqual(['b']);
  });

  it('waits a whole duration of its own where it sees a Lease for the first time, however old that is', async () => {
    const a = await world.join('a');
    a.paused = true;
    await world.advance(1_000);
    await world.join('b', { start: new Date('2040-01-01T00:00:00Z') });
    await world.advance(14_000);
    expect(world.spec.holderIdentity).toBe('a');
    await world.advance(2_000);
    expect(world.spec.holderIdentity).toBe('b');
  });

  it('never has two leaders where one clock goes a third faster than the other', async () => {
    const a = await world.join('a', { rate: 1 });
    await world.join('b', { rate: 1.4 });
    await world.advance(8_000, onlyOne);
    a.trouble = 'refused';
    await world.advance(30_000, onlyOne);
    expect(world.leaders).toEqual(['b']);
  });
});

describe('A leader that cannot renew', () => {
  it.each(['refused', 'hangs'] as const)(
    'stops its work at the deadline, before others take over (%s)',
    async (trouble) => {
      const a = await world.join('a');
      await world.join('b');
      await world.advance(2_000);
      a.trouble = trouble;
      await world.advance(9_900);
      expect(world.leaders).toEqual(['a']);
      await world.advance(200);
      expect(world.leaders).toEqual([]);
      expect(a.terms[0]?.signal.reason).toBeInstanceOf(LeadershipLostError);
      expect(a.working).toBe(0);
      expect(await a.metrics.text()).toContain('leader_election_master_status{name="kubedirector"} 0');
      await world.advance(6_000, onlyOne);
      expect(world.leaders).toEqual(['b']);
    },
  );

  it('goes on where a renewal succeeds in time', async () => {
    const a = await world.join('a');
    await world.join('b');
    a.trouble = 'refused';
    await world.advance(7_500);
    a.trouble = 'none';
    await world.advance(60_000, onlyOne);
    expect(world.leaders).toEqual(['a']);
    expect(a.terms).toHaveLength(1);
  });

  it('is a candidate again, and begins a new term after the work of the last one has ended', async () => {
    const a = await world.join('a');
    a.lingers = true;
    a.trouble = 'refused';
    await world.advance(11_000);
    a.trouble = 'none';
    await world.advance(20_000);
    expect(a.working).toBe(1);
    expect(a.terms).toHaveLength(1);
    a.lingers = false;
    a.finish();
    await world.advance(5_000);
    expect(a.terms).toHaveLength(2);
    expect(a.working).toBe(1);
    expect(world.leaders).toEqual(['a']);
  });

  it('knows at once after a pause that it may not act any more', async () => {
    const a = await world.join('a');
    await world.join('b');
    a.paused = true;
    await world.advance(20_000);
    expect(world.spec.holderIdentity).toBe('b');
    const term = a.terms[0];
    // The first code that runs after the pause, before any timer.
    const reached = a.clock.monotonic();
    a.clock.monotonic = () => reached + 20_000;
    expect(term?.isCurrent()).toBe(false);
    expect(world.leaders).toEqual(['b']);
  });

  it('stops at once where it finds that another one holds the Lease', async () => {
    const a = await world.join('a');
    world.leases.direct.change(leaseTarget, (lease) => {
      lease.spec = { ...lease.spec, holderIdentity: 'somebody', leaseTransitions: 7 };
    });
    await world.advance(2_100);
    expect(world.leaders).toEqual([]);
    expect(String(a.terms[0]?.signal.reason)).toContain('somebody holds the Lease');
    // It is taken again, once its new holder shows no sign of life.
    await world.advance(16_000);
    expect(world.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 8 });
  });

  it('keeps its Lease where somebody else labels it', async () => {
    const a = await world.join('a');
    world.leases.direct.change(leaseTarget, (lease) => {
      lease.metadata.labels = { seen: 'true' };
    });
    await world.advance(10_000);
    expect(a.terms).toHaveLength(1);
    expect(world.leaders).toEqual(['a']);
    expect(world.leases.get('kd', 'kubedirector')?.metadata.labels).toEqual({ seen: 'true' });
    expect(await a.metrics.text()).toContain('leader_election_slowpath_total{name="kubedirector"} 1');
  });

  it('makes the Lease again that somebody deleted', async () => {
    await world.join('a');
    await world.join('b');
    world.leases.direct.remove(leaseTarget);
    await world.advance(20_000, onlyOne);
    expect(world.leaders).toEqual(['a']);
    expect(world.spec.holderIdentity).toBe('a');
  });
});

describe('A leader that stops', () => {
  it('keeps its Lease until its work has ended', async () => {
    const a = await world.join('a');
    const b = await world.join('b');
    a.lingers = true;
    const stopped = a.stop();
    await world.advance(30_000);
    expect(world.spec.holderIdentity).toBe('a');
    expect(b.terms).toHaveLength(0);
    a.finish();
    await stopped;
    await settle();
    expect(world.spec.holderIdentity).toBe('b');
  });

  it('gives its Lease back where its work fails, and tells why', async () => {
    const a = await world.join('a');
    const b = await world.join('b');
    a.fail(new Error('a defect'));
    await expect(a.ended).rejects.toThrow('a defect');
    await settle();
    expect(b.terms).toHaveLength(1);
    expect(a.terms[0]?.isCurrent()).toBe(false);
  });

  it('lets another one lead where it was told that it does not lead any more', async () => {
    const a = await world.join('a');
    const b = await world.join('b');
    a.terms[0]?.end(new LeadershipLostError('another process has written'));
    await settle();
    expect(world.leaders).toEqual(['b']);
    await world.advance(30_000, onlyOne);
    expect(a.terms).toHaveLength(1);
    expect(b.terms).toHaveLength(1);
  });

  it('ends while it waits', async () => {
    await world.join('a');
    const b = await world.join('b');
    await b.stop();
    expect(b.terms).toHaveLength(0);
    expect(b.clock.pending).toBe(0);
  });
});

describe('The times of an election', () => {
  it.each([
    [timings, undefined],
    [{ ...timings, leaseDurationMs: 10_000 }, 'the lease duration must be longer than the renew deadline'],
    [{ ...timings, renewDeadlineMs: 2_400 }, 'the renew deadline must be longer than 1.2 times the retry period'],
  ])('are checked as client-go checks them: %j', (given, problem) => {
    expect(timingsProblem(given)).toBe(problem);
  });
});
