/** The store that other tests stand on keeps the promises of a real one. */
import { MemoryStore } from '../support/memory-store.ts';
import { storageContract } from './storage/index.ts';

storageContract('the memory of the tests', () => {
  let current = new MemoryStore();
  return Promise.resolve({
    store: current,
    async reopen() {
      await current.close();
      current = new MemoryStore(current);
      return current;
    },
    close: () => current.close(),
    compact() {
      current.compact();
      return Promise.resolve();
    },
    moveOn() {
      current.moveOn();
      return Promise.resolve();
    },
  });
});
