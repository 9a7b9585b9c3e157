/** A Kubernetes to play with: native resources, and what would act on them, all in this process. */
export { playgroundDefinitions } from './definitions/index.ts';
export type { DefinitionDeps, RegistryLookup } from './definitions/native.ts';
export { createGroupEvents, type GroupEvents, type GroupEventsOptions } from './group-events.ts';
export { createReviews, type ReviewsOptions } from './reviews.ts';
export { simulateAnnotation } from './guest/simulate.ts';
export { kubeconfigText, writeKubeconfig } from './pki/kubeconfig.ts';
export { DamagedAuthorityError, ensurePki, type Pki } from './pki/pki.ts';
export { createPlayground, type Playground, type PlaygroundOptions } from './playground.ts';
export { believableDelays, noDelays, type DelayRange, type PlaygroundDelays } from './simulation/delays.ts';
