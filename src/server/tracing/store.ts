/** A store whose commits are spans. */
import type { Tracer } from '../../runtime/tracing.ts';
import type { Store } from '../../storage/contract.ts';

/** The same store. What a span tells of a commit: how many keys it writes, the first of them, and their bytes. */
export function tracedStore(store: Store, tracer: Tracer): Store {
  return {
    commit(request) {
      const { writes } = request;
      const bytes = writes.reduce((sum, { value }) => sum + (value === 'deleted' ? 0 : value.length), 0);
      const about = { key: writes[0]?.key ?? '', writes: writes.length, bytes };
      return tracer.within('Commit', about, () => store.commit(request));
    },
    read: (key) => store.read(key),
    list: (prefix, options) => store.list(prefix, options),
    watch: (after, signal) => store.watch(after, signal),
    barrier: () => store.barrier(),
    ...(store.purge === undefined ? {} : { purge: () => store.purge?.() ?? Promise.resolve() }),
    get unavailable() {
      return store.unavailable;
    },
    get lost() {
      return store.lost;
    },
    close: () => store.close(),
  };
}
