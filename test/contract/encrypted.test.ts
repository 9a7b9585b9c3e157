/** Encryption keeps the promises of the store below: see also journal.test.ts and etcd.test.ts. */
import { setImmediate } from 'node:timers/promises';
import type { CommitRequest, Revision } from '../../src/storage/contract.ts';
import { EncryptedStore } from '../../src/storage/encryption/index.ts';
import { encryptionWith, forAll, keys } from '../support/encryption.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storageContract } from './storage/index.ts';

/** Commits take a turn of the event loop, as on every disk: a list is decrypted in several turns. */
class Turning extends MemoryStore {
  override async commit(request: CommitRequest): Promise<Revision> {
    const revision = await super.commit(request);
    await setImmediate();
    return revision;
  }
}

for (const provider of ['aesgcm', 'aescbc', 'secretbox'] as const) {
  storageContract(`the memory of the tests, encrypted with ${provider}`, async () => {
    const encryption = await encryptionWith(forAll(keys(provider, 'one')));
    let below = new Turning();
    let store = new EncryptedStore(below, encryption);
    return {
      store,
      async reopen() {
        await store.close();
        below = new Turning(below);
        store = new EncryptedStore(below, encryption);
        return store;
      },
      close: () => store.close(),
      compact() {
        below.compact();
        return Promise.resolve();
      },
      moveOn() {
        below.moveOn();
        return Promise.resolve();
      },
    };
  });
}
