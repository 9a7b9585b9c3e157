/**
 * Encryption at rest: a store on top of another one, whose values it encrypts. Format of the configuration and of the values:
 * https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
 */
export { takeCensus, type Census } from './census.ts';
export type { EncryptionConfiguration } from './configuration.ts';
export { openEncryption, type Encryption, type ReadConfiguration } from './encryption.ts';
export { rewriteStale, type Rewritten } from './rewrite.ts';
export { Rewriter } from './rewriter.ts';
export { EncryptedStore } from './store.ts';
export { validateConfiguration } from './validation.ts';
