import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { causes, context, Fixture, namespace, refusal } from './fixture.ts';
import {
  app,
  changeApp,
  changeKey,
  config,
  heldCommit,
  heldReview,
  jane,
  key,
  secretive,
  threeMembers,
} from './held.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

describe('a cluster that is being made', () => {
  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.config({});
  });

  it('has its secrets encrypted with the key that the config has when it is stored', async () => {
    const held = heldReview(fixture);
    const made = fixture.cluster(secretive, namespace, jane);
    const answer = await held;
    await changeKey(fixture);
    answer(true);
    const { name = '', encryptedValue = '' } = (await made).spec.roles[0]?.secretKeys?.[0] ?? {};
    const place = { namespace, cluster: 'one', role: 'only', key: name };
    expect(decryptSecretKey(encryptedValue, key, place)).toBe('open sesame');
  });

  it('is of its app as that is when it is stored', async () => {
    const held = heldCommit(fixture);
    const made = fixture.cluster(minimalCluster);
    const go = await held;
    await changeApp(fixture, threeMembers);
    go();
    expect((await made).spec.roles[0]?.members).toBe(3);
  });

  it('is refused if its app has gone by the time it would be stored', async () => {
    const held = heldReview(fixture);
    const made = causes(fixture.cluster(secretive, namespace, jane));
    const answer = await held;
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: true });
    answer(true);
    expect((await made).join()).toContain('spec.app');
    expect(fixture.clusters.cache.list({}).objects).toEqual([]);
  });

  it('is refused if a configuration that is new meanwhile does not allow it', async () => {
    const held = heldReview(fixture);
    const made = causes(fixture.cluster(secretive, namespace, jane));
    const answer = await held;
    await fixture.configs.delete(context, config, { propagationPolicy: 'Foreground' });
    answer(true);
    expect((await made).join()).toContain('configuration');
  });

  it('is not held up by other apps, or by labels of its own', async () => {
    await fixture.app({ ...minimalApp, metadata: { name: 'another' } });
    const held = heldCommit(fixture);
    const made = fixture.cluster(minimalCluster);
    const go = await held;
    expect(await fixture.apps.delete(context, { ...app, name: 'another' })).toMatchObject({ gone: true });
    await fixture.apps.update(context, app, (old) => ({
      ...(old as KubeDirectorApp),
      metadata: { ...old?.metadata, labels: { some: 'label' } },
    }));
    go();
    expect((await made).spec.appCatalog).toBe('local');
  });

  it('is tried with the same result, and without writing', async () => {
    const asJane = { ...context, user: jane };
    const held = heldReview(fixture);
    const dryRun = { dryRun: true };
    const tried = causes(fixture.clusters.create(asJane, namespace, secretive as KubeDirectorCluster, dryRun));
    const answer = await held;
    await fixture.apps.delete(context, app);
    const before = await fixture.store.barrier();
    answer(true);
    expect((await tried).join()).toContain('spec.app');
    expect(await fixture.store.barrier()).toBe(before);
  });

  it('is refused with its own name if there is one already', async () => {
    await fixture.cluster(minimalCluster);
    expect(await refusal(fixture.cluster(minimalCluster))).toMatchObject({ reason: 'AlreadyExists' });
    const dry = fixture.clusters.create(context, namespace, minimalCluster, { dryRun: true });
    expect(await refusal(dry)).toMatchObject({ reason: 'AlreadyExists' });
  });

  it('ends with its request, however often its app changes', async () => {
    const request = new AbortController();
    let attempts = 0;
    const commit = fixture.store.commit.bind(fixture.store);
    vi.spyOn(fixture.store, 'commit').mockImplementation(async (asked) => {
      if (asked.writes.length === 1) return commit(asked);
      await changeApp(fixture, ({ version }) => ({ version: `${version}0` }));
      if (++attempts === 5) request.abort(new Error('the request timed out'));
      return commit(asked);
    });
    const made = fixture.clusters.create({ ...context, signal: request.signal }, namespace, minimalCluster);
    await expect(made).rejects.toThrow('the request timed out');
    expect(attempts).toBe(5);
    expect(fixture.clusters.cache.list({}).objects).toEqual([]);
  });

  it('is to be tried again later if its app never stays the same', async () => {
    const commit = fixture.store.commit.bind(fixture.store);
    vi.spyOn(fixture.store, 'commit').mockImplementation(async (asked) => {
      if (asked.writes.length > 1) {
        await changeApp(fixture, ({ version }) => ({ version: `${version}0` }));
      }
      return commit(asked);
    });
    const { code, status } = await refusal(fixture.cluster(minimalCluster));
    expect([code, status.details?.retryAfterSeconds]).toEqual([503, 1]);
  });
});
