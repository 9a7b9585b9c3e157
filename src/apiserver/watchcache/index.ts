/** The caches that all reads are served from. */
export { addedEvent } from './change.ts';
export { Converted } from './converted.ts';
export { isOf, type Computed, type StoredChange } from './computed.ts';
export { createDerivedCache, type DerivedCache } from './derived-cache.ts';
export { createStoreHub } from './hub.ts';
export type { StoreHub } from './hub-contract.ts';
export { internalPrefix, objectKey, referenceKey, splitStoreKey, storeKey } from './keys.ts';
export { createRedactedCache, Redactor } from './redacted-cache.ts';
export type { CacheDefinition } from './resource-cache.ts';
export { compileSelection } from './selection.ts';
export { encodeStored } from './stored-form.ts';
export { createVersionCache } from './version-cache.ts';
