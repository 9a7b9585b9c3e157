/** Fakes of etcd and stores on them, for one test each. */
import { afterEach } from 'vitest';
import type { Store } from '../../../src/storage/contract.ts';
import type { EtcdOptions } from '../../../src/storage/etcd/index.ts';
import { FakeEtcd, openOn } from './fake-etcd.ts';

/** All of this test: they are stopped at its end. */
export const fakes: FakeEtcd[] = [];
const stores: Store[] = [];

/** These fakes, listening, until the end of the test. */
export async function started(...scripts: ConstructorParameters<typeof FakeEtcd>[0][]): Promise<FakeEtcd[]> {
  const made = scripts.map((script) => new FakeEtcd(script));
  fakes.push(...made);
  await Promise.all(made.map((fake) => fake.listen()));
  return made;
}
/** A store on them, until the end of the test. */
export async function opened(on: readonly FakeEtcd[], options?: Partial<EtcdOptions>): Promise<Store> {
  const store = await openOn(on, options);
  stores.push(store);
  return store;
}
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const fake of fakes.splice(0)) fake.stop();
});

/** What the promise fails with; else what it resolves with. */
export const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
