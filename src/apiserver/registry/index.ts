export { createCreateOnlyRegistry } from './create-only.ts';
export { parseDeleteOptions } from './delete-options.ts';
export { createReadOnlyRegistry, createRegistry, type NamespaceLookup } from './registry.ts';
export { inBackground } from './in-background.ts';
export type { RegistryDependencies } from './dependencies.ts';
export { createOwners } from './owners.ts';
export { withOwnersOfScale, withScaleOwners } from './scale-owners.ts';
export { createVersionRegistry } from './version-registry.ts';
export { withPipeline } from './subresource-pipeline.ts';
