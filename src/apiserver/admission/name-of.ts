/** The name of a request's object in messages. Source: k8s.io/apiserver/pkg/admission/errors.go */
import type { AdmissionAttributes } from './contract.ts';

/** The base of a name that is still to be generated, or "Unknown" if there is none. */
export function nameOf({ name, object }: Pick<AdmissionAttributes, 'name' | 'object'>): string {
  if (name !== '') return name;
  const { name: given, generateName } = object?.metadata ?? {};
  return (given ?? '') || (generateName ?? '') || 'Unknown';
}
