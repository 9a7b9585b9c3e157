import type { TypedValue } from '../typed/index.ts';

/** Objects in other versions. */
export interface Converter {
  /** The object in a version, with that version's type; 'missing' where the version is no longer served. */
  convert(object: TypedValue, apiVersion: string): TypedValue | 'missing';
}
