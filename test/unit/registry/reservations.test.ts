import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { causes, context, Fixture, namespace, refusal, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
});
afterEach(() => fixture.stop());

const app = { namespace, name: 'minimal' };
const config = { namespace: systemNamespace, name: 'kd-global-config' };
const secretive = {
  ...minimalCluster,
  spec: {
    ...minimalCluster.spec,
    connections: { secrets: ['some'] },
    roles: [{ ...minimalCluster.spec.roles[0], secretKeys: [{ name: 'password', value: 'open sesame' }] }],
  },
};
const jane = { name: 'jane', groups: [] };

/** What is asked first of what jane may do is answered once this is called; resolves when it has been asked. */
async function heldReview(): Promise<(allowed: boolean) => void> {
  let answer: (allowed: boolean) => void = () => undefined;
  const answered = new Promise<boolean>((resolve) => (answer = resolve));
  const review = vi.spyOn(fixture.rights, 'review').mockImplementation(async () => {
    return { allowed: await answered, reason: '' };
  });
  await vi.waitFor(() => expect(review).toHaveBeenCalled());
  return answer;
}

/** The next write waits until this is called, and may then fail; resolves when it has been begun. */
async function heldWrite(failure?: Error): Promise<() => void> {
  let go = (): void => undefined;
  const going = new Promise<void>((resolve) => (go = resolve));
  const commit = fixture.store.commit.bind(fixture.store);
  const spy = vi.spyOn(fixture.store, 'commit').mockImplementationOnce(async (...args) => {
    await going;
    if (failure !== undefined) throw failure;
    return commit(...args);
  });
  await vi.waitFor(() => expect(spy).toHaveBeenCalled());
  return go;
}

/** Waits until everything has run that does not wait for the test. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

const changeApp = (change: (spec: KubeDirectorApp['spec']) => Partial<KubeDirectorApp['spec']>) =>
  fixture.apps.update(context, app, (old) => {
    if (old === undefined) throw new Error('there is no app');
    return { ...old, spec: { ...old.spec, ...change(old.spec) } };
  });
const changeKey = () =>
  fixture.configs.update(
    context,
    config,
    (old) => ({ ...old, spec: { masterEncryptionKey: '0'.repeat(32) } }) as KubeDirectorConfig,
  );

describe('a cluster that is being made', () => {
  beforeEach(async () => {
    await fixture.app(minimalApp);
    await fixture.config({});
  });

  it('keeps its app and the config, whose key has encrypted its secrets', async () => {
    const held = heldReview();
    const made = fixture.cluster(secretive, namespace, jane);
    const answer = await held;
    expect(await fixture.apps.delete(context, app, { dryRun: true })).toMatchObject({ gone: false });
    expect(await fixture.configs.delete(context, config, { dryRun: true })).toMatchObject({ gone: false });
    expect(await causes(changeKey())).toEqual([expect.stringContaining('spec.masterEncryptionKey')]);
    expect((await causes(changeApp(() => ({ version: '2' })))).join()).toContain('default/one');
    answer(true);
    const { name: key = '', encryptedValue = '' } = (await made).spec.roles[0]?.secretKeys?.[0] ?? {};
    const { object } = await fixture.configs.get(config);
    const place = { namespace, cluster: 'one', role: 'only', key };
    expect(decryptSecretKey(encryptedValue, object.spec?.masterEncryptionKey ?? '', place)).toBe('open sesame');
  });

  it('releases them if it is refused, also those that were deleted meanwhile', async () => {
    const held = heldReview();
    const made = fixture.cluster(secretive, namespace, jane);
    const answer = await held;
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: false });
    answer(false);
    await refusal(made);
    await expect.poll(() => fixture.apps.cache.get(namespace, 'minimal')).toBeUndefined();
    expect(await fixture.configs.delete(context, config)).toMatchObject({ gone: true });
  });

  it('keeps nothing where it is of a shape that is refused, or but tried', async () => {
    const shapeless = { ...minimalCluster, spec: { roles: 7 } } as unknown as KubeDirectorCluster;
    await refusal(fixture.cluster(shapeless));
    const held = heldReview();
    const asJane = { ...context, user: jane };
    const tried = causes(
      fixture.clusters.create(asJane, namespace, secretive as KubeDirectorCluster, { dryRun: true }),
    );
    const answer = await held;
    expect(await fixture.apps.delete(context, app)).toMatchObject({ gone: true });
    answer(true);
    expect((await tried).join()).toContain('spec.app');
  });

  it('keeps no app that is not its own', async () => {
    await fixture.app({ ...minimalApp, metadata: { name: 'another' } });
    await fixture.app(minimalApp, 'elsewhere');
    const held = heldReview();
    const made = fixture.cluster(secretive, namespace, jane);
    const answer = await held;
    expect(await fixture.apps.delete(context, { ...app, name: 'another' })).toMatchObject({ gone: true });
    expect(await fixture.apps.delete(context, { ...app, namespace: 'elsewhere' })).toMatchObject({ gone: true });
    answer(true);
    await made;
  });
});

describe('a cluster that is made while its app goes', () => {
  beforeEach(async () => {
    await fixture.app(minimalApp);
  });

  it('waits for the deletion, and does not find the app', async () => {
    const held = heldWrite();
    const deleted = fixture.apps.delete(context, app);
    const go = await held;
    const outcomes: string[] = [];
    const refused = causes(fixture.cluster(minimalCluster)).finally(() => outcomes.push('refused'));
    await settled();
    expect(outcomes).toEqual([]);
    go();
    await deleted;
    expect((await refused).join()).toContain('spec.app');
  });

  it('continues if the app stays after all', async () => {
    const held = heldWrite(new Error('no room'));
    const deleted = expect(fixture.apps.delete(context, app)).rejects.toThrow('no room');
    const go = await held;
    const made = fixture.cluster(minimalCluster);
    await settled();
    go();
    await deleted;
    expect((await made).spec.appCatalog).toBe('local');
  });

  it('waits for its app to be changed, and is of the app as it is then', async () => {
    const held = heldWrite();
    const changed = changeApp((spec) => ({ roles: spec.roles.map((role) => ({ ...role, cardinality: '3+' })) }));
    const go = await held;
    const made = fixture.cluster(minimalCluster);
    await settled();
    go();
    await changed;
    expect((await made).spec.roles[0]?.members).toBe(3);
  });

  it('waits no longer than its request', async () => {
    const held = heldWrite();
    const deleted = fixture.apps.delete(context, app);
    const go = await held;
    const request = new AbortController();
    const made = fixture.clusters.create({ ...context, signal: request.signal }, namespace, minimalCluster);
    request.abort(new Error('the request timed out'));
    await expect(made).rejects.toThrow('the request timed out');
    go();
    await deleted;
  });

  it('does not get an app that only waits for its finalizers', async () => {
    await fixture.apps.delete(context, app, { propagationPolicy: 'Foreground' });
    expect((await fixture.apps.get(app)).object.metadata.deletionTimestamp).toBeDefined();
    expect((await causes(fixture.cluster(minimalCluster))).join()).toContain('spec.app');
  });
});
