/** What the global configuration forbids in clusters, and several rules that are broken at once. */
import { describe, expect, it } from 'vitest';
import { causes, Fixture } from './fixture.ts';
import { amounts, app, eachWithRules, fixture, secretMount, valid } from './cluster-rules-fixture.ts';

eachWithRules();

describe('what the global configuration forbids', () => {
  it('shared memory', async () => {
    await fixture.config({ forceSharedMemorySizeSupport: false });
    const input = valid();
    input.spec.roles[0].sharedMemory = '1Gi';
    expect(await causes(fixture.cluster(input))).toEqual([
      'spec.roles[0].sharedMemory: Forbidden: the global configuration has forceSharedMemorySizeSupport: false',
    ]);
  });

  it('secrets of other names', async () => {
    await fixture.config({ requiredSecretPrefix: 'kd-' });
    const input = valid();
    input.spec.roles[0].secret = secretMount;
    expect(await causes(fixture.cluster(input))).toEqual([
      'spec.roles[0].secret.name: Invalid value: "there": must begin with "kd-", as the global configuration demands',
    ]);
  });

  it('secrets of other names, and says at once where there is none of that name either', async () => {
    await fixture.config({ requiredSecretPrefix: 'kd-' });
    const input = valid();
    input.spec.defaultSecret = { ...secretMount, name: 'gone' };
    expect(await causes(fixture.cluster(input))).toEqual([
      'spec.defaultSecret.name: Invalid value: "gone": must begin with "kd-", as the global configuration demands',
      'spec.defaultSecret.name: Not found: "gone": there must be such a Secret in namespace "default"',
    ]);
  });

  it('storage without a class where there is none to choose', async () => {
    const bare = new Fixture();
    await bare.start();
    await bare.app(app);
    expect(await causes(bare.cluster(valid()))).toEqual([
      'spec.roles[1].storage.storageClassName: Required value: neither the global configuration nor Kubernetes has a default storage class',
    ]);
    bare.stop();
  });
});

describe('one answer', () => {
  it('names everything that is wrong, whatever else has the wrong type', async () => {
    const input = valid();
    Object.assign(input.spec, { serviceType: 3, connections: 'none' });
    Object.assign(input.spec.roles[0], { members: 'one', resources: amounts('1Mi'), sharedMemory: '0', env: [7] });
    Object.assign(input.spec.roles[1], { storage: { size: true, storageClassName: 'slow' }, podLabels: ['x'] });
    Object.assign(input.spec.roles[2], { id: 'other', serviceAccountName: 'nobody' });
    (input.spec.roles as unknown[]).push('not a role');
    const found = await causes(fixture.cluster(input));
    expect(found.map((cause) => cause.split(': ')[0]).sort()).toEqual([
      'spec.connections',
      'spec.roles[0].env[0]',
      'spec.roles[0].env[0]',
      'spec.roles[0].members',
      'spec.roles[0].resources.requests[memory]',
      'spec.roles[0].sharedMemory',
      'spec.roles[1].podLabels',
      'spec.roles[1].storage.size',
      'spec.roles[1].storage.storageClassName',
      'spec.roles[2].id',
      'spec.roles[2].serviceAccountName',
      'spec.roles[3]',
      'spec.roles[3]',
      'spec.serviceType',
      'spec.serviceType',
    ]);
  });

  it.each([null, 7, 'spec', [], [[]], { roles: 7 }, { app: {}, roles: [null, [], 3, {}] }, { roles: { 0: {} } }])(
    'is given to a spec that is %j',
    async (spec) => {
      expect((await causes(fixture.cluster({ ...valid(), spec }))).length).toBeGreaterThan(0);
    },
  );
});
