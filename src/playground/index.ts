/** A simulated Kubernetes in this process: the native resources, and the controllers that act on them. */
export { playgroundDefinitions } from './definitions/index.ts';
export type { DefinitionDeps, RegistryLookup } from './native.ts';
export { createGroupEvents } from './group-events.ts';
export { tellHappenings } from './happenings.ts';
export { createReviews } from './reviews.ts';
export { writeKubeconfig } from './pki/kubeconfig.ts';
export { DamagedAuthorityError, ensurePki } from './pki/pki.ts';
export { createAccessRules } from './rbac/index.ts';
export { createPlayground } from './playground.ts';
export { snapshotSchemas } from './snapshots/schemas.ts';
export { believableDelays, type PlaygroundDelays } from './simulation/delays.ts';
