import { beforeEach, describe, expect, it } from 'vitest';
import { createQuota } from '../../../src/apiserver/admission/quota.ts';
import type { AdmissionAttributes } from '../../../src/apiserver/admission/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { FakeQuotas } from './fake-quotas.ts';
import { AdmissionFixture, failure } from './fixture.ts';

const name = 'count/widgets.demo.example';
let quotas: FakeQuotas;
let fixture: AdmissionFixture;
beforeEach(() => {
  quotas = new FakeQuotas();
  fixture = new AdmissionFixture();
});

const reserve = (more: Partial<AdmissionAttributes> = {}, quota = createQuota(quotas, systemClock)) =>
  quota.reserve(fixture.attributes(more));
const exceeded = (quota: string, used: string, hard: string): string =>
  `widgets.demo.example "a" is forbidden: exceeded quota: ${quota}, requested: ${name}=1, used: ${name}=${used}, limited: ${name}=${hard}`;

describe('A quota for a count of objects', () => {
  it('counts new objects, and refuses too many in the words of kube-apiserver', async () => {
    quotas.set('q', { hard: { [name]: '2', pods: '1' }, used: { [name]: '1', pods: '1' } });
    await reserve();
    expect(quotas.current.get('q')?.status).toEqual({
      hard: { [name]: '2', pods: '1' },
      used: { [name]: '2', pods: '1' },
    });
    const { status } = await failure(reserve());
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden', message: exceeded('q', '2', '2') });
    expect(status.details).toEqual({ name: 'a', group: 'demo.example', kind: 'widgets' });
  });

  it('prints amounts in their canonical form', async () => {
    quotas.set('q', { hard: { [name]: '1k' }, used: { [name]: '999' } });
    await reserve();
    expect(quotas.used('q', name)).toBe('1k');
    expect((await failure(reserve())).message).toBe(exceeded('q', '1k', '1k'));
  });

  it('allows exactly as many of 16 simultaneous creates as there is room for, with few writes', async () => {
    quotas.set('q', { hard: { [name]: '5' }, used: { [name]: '0' } });
    const quota = createQuota(quotas, systemClock);
    const outcomes = await Promise.allSettled(Array.from({ length: 16 }, () => reserve({}, quota)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(quotas.used('q', name)).toBe('5');
    expect(quotas.writes).toBeLessThanOrEqual(3);
  });

  it('does so for several servers at a time, whose views lag behind', async () => {
    quotas.set('q', { hard: { [name]: '7' }, used: { [name]: '0' } });
    quotas.follows = false;
    const servers = [1, 2, 3].map(() => createQuota(quotas, systemClock));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 18 }, (_, at) => reserve({}, servers[at % servers.length])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    expect(quotas.used('q', name)).toBe('7');
  });

  it('does not count dry runs, but checks them', async () => {
    quotas.set('q', { hard: { [name]: '1' }, used: { [name]: '0' } });
    await reserve({ dryRun: true });
    expect(quotas.writes).toBe(0);
    await reserve();
    expect((await failure(reserve({ dryRun: true }))).message).toBe(exceeded('q', '1', '1'));
  });

  it('releases the count if the object was not written', async () => {
    quotas.set('q', { hard: { [name]: '1' }, used: { [name]: '0' } });
    const quota = createQuota(quotas, systemClock);
    const giveBack = await reserve({}, quota);
    expect(quotas.used('q', name)).toBe('1');
    await giveBack();
    expect(quotas.used('q', name)).toBe('0');
  });

  it('does not fail if it cannot release the count', async () => {
    quotas.set('q', { hard: { [name]: '1' }, used: { [name]: '0' } });
    const giveBack = await reserve();
    quotas.current.delete('q');
    await giveBack();
    quotas.objects = [];
    await giveBack();
  });

  it('releases nothing once the quota controller has counted again', async () => {
    quotas.set('q', { hard: { [name]: '3' }, used: { [name]: '1' } });
    const quota = createQuota(quotas, systemClock);
    const giveBack = await reserve({}, quota);
    quotas.set('q', { hard: { [name]: '3' }, used: { [name]: '1' } });
    await giveBack();
    expect(quotas.used('q', name)).toBe('1');
    await reserve({}, quota);
    expect(quotas.used('q', name)).toBe('2');
  });

  it('is tried again where somebody else writes it at the same time, and given up if that goes on', async () => {
    quotas.set('q', { hard: { [name]: '9' }, used: { [name]: '0' } });
    let others = 3;
    quotas.before = () => {
      if (others-- > 0) quotas.set('q', { hard: { [name]: '9' }, used: { [name]: '4' } });
    };
    await reserve();
    expect(quotas.used('q', name)).toBe('5');
    others = Infinity;
    expect((await failure(reserve())).code).toBe(409);
  });

  it('must have room in each of several quotas, and is charged in none where one has not', async () => {
    quotas.set('a', { hard: { [name]: '9' }, used: { [name]: '0' } });
    quotas.set('b', { hard: { [name]: '1' }, used: { [name]: '1' } });
    expect((await failure(reserve())).message).toBe(exceeded('b', '1', '1'));
    expect(quotas.used('a', name)).toBe('0');
  });

  it('charges nothing where the second of two quotas is full once it could be written', async () => {
    quotas.set('a', { hard: { [name]: '9' }, used: { [name]: '0' } });
    quotas.set('b', { hard: { [name]: '1' }, used: { [name]: '0' } });
    let writes = 0;
    quotas.before = () => {
      if ((writes += 1) === 2) quotas.set('b', { hard: { [name]: '1' }, used: { [name]: '1' } });
    };
    expect((await failure(reserve())).message).toBe(exceeded('b', '1', '1'));
    expect(quotas.used('a', name)).toBe('0');
  });

  it('refuses while nobody has counted yet', async () => {
    quotas.set('q', { hard: { [name]: '1' } });
    expect((await failure(reserve())).message).toBe(
      `widgets.demo.example "a" is forbidden: status unknown for quota: q, resources: ${name}`,
    );
  });

  it('that was deleted limits nothing, although the view still shows it', async () => {
    quotas.set('q', { hard: { [name]: '1' }, used: { [name]: '0' } });
    quotas.current.delete('q');
    await reserve();
  });

  it.each([
    ['other resources', { hard: { 'count/gadgets.demo.example': '0' }, used: {} }, {}],
    ['a scope', { hard: { [name]: '0' }, used: { [name]: '0' } }, { scopes: ['BestEffort'] }],
    [
      'a selector of scopes',
      { hard: { [name]: '0' }, used: { [name]: '0' } },
      { scopeSelector: { matchExpressions: [{}] } },
    ],
    ['nothing that is in force yet', {}, { hard: { [name]: '0' } }],
  ])('for %s limits nothing', async (_, status, spec) => {
    quotas.set('q', status, spec);
    await reserve();
    expect(quotas.writes).toBe(0);
  });

  it('is looked at for its own namespace only, and costs nothing where there is none', () => {
    const quota = createQuota(quotas, systemClock);
    const resource = { group: 'demo.example', version: 'v1', resource: 'widgets' };
    expect(quota.concerns({ resource, namespace: 'default' })).toBe(false);
    quotas.set('q', { hard: { [name]: '1' }, used: { [name]: '0' } });
    expect(quota.concerns({ resource, namespace: 'default' })).toBe(true);
    expect(quota.concerns({ resource, namespace: 'other' })).toBe(false);
    expect(quota.concerns({ resource, namespace: '' })).toBe(false);
  });

  it('is waited for until the quotas are known', async () => {
    const clock = createManualClock();
    quotas.isSynced = false;
    const refused = failure(reserve({}, createQuota(quotas, clock)));
    for (let at = 0; at < 300; at++) {
      clock.advance(50);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect((await refused).code).toBe(503);
  });
});
