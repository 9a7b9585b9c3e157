/** The caches that all reads are served from. */
export { addedEvent } from './change.ts';
export { createDerivedCache, type DerivedCache, type DerivedCacheOptions } from './derived-cache.ts';
export type { Derivation } from './derived-entry.ts';
export { tooLargeRevision, tooOldRevision } from './errors.ts';
export { createStoreHub, type StoreHub, type StoreHubOptions } from './hub.ts';
export { objectKey, splitObjectKey, splitStoreKey, storeKey, storePrefix } from './keys.ts';
export { CacheMemory, type MemoryLimits } from './memory.ts';
export { createRedactedCache, Redactor } from './redacted-cache.ts';
export type { CacheDefinition } from './resource-cache.ts';
export { compileSelection } from './selection.ts';
export { encodeStored } from './stored-form.ts';
