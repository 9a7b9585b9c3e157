export { withAdmission } from './admitted-subresources.ts';
export { createCreateOnlyRegistry } from './create-only.ts';
export { parseDeleteOptions } from './delete-options.ts';
export { createReadOnlyRegistry, createRegistry, type NamespaceLookup } from './registry.ts';
export { inBackground } from './in-background.ts';
