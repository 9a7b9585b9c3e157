export { createReadOnlyRegistry, createRegistry, type NamespaceLookup, type RegistryDependencies } from './registry.ts';
