/** Several versions of one resource: their order, their conversion, and the definitions that are served. */
export { ConversionError, createVersions, type Versions } from './conversion.ts';
export { servedDefinitions, versionOf } from './definitions.ts';
export { createConverter } from './merge-converter.ts';
export { byPreference } from './order.ts';
