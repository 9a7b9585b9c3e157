/** A Kubernetes to play with: native resources, and what would act on them, all in this process. */
export { playgroundDefinitions } from './definitions/index.ts';
export type { DefinitionDeps, RegistryLookup } from './definitions/native.ts';
export { createGroupEvents } from './group-events.ts';
export { tellHappenings } from './happenings.ts';
export { createReviews } from './reviews.ts';
export { writeKubeconfig } from './pki/kubeconfig.ts';
export { DamagedAuthorityError, ensurePki } from './pki/pki.ts';
export { createAccessRules } from './rbac/index.ts';
export { createPlayground, type Playground } from './playground.ts';
export { believableDelays, type PlaygroundDelays } from './simulation/delays.ts';
