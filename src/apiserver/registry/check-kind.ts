/** That an object is of the kind that is expected, after others could change it. */
import { invalid } from '../../meta/field-error.ts';
import { apiVersionString, type GroupVersionKind, type KubeObject } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';

/** Requires the apiVersion and kind of the expected kind. @throws StatusError 422 */
export function checkKind(expected: GroupVersionKind, object: KubeObject, name: string): void {
  const { kind } = expected;
  const apiVersion = apiVersionString(expected);
  const errors = [
    ...(object.apiVersion === apiVersion ? [] : [invalid('apiVersion', object.apiVersion, `must be ${apiVersion}`)]),
    ...(object.kind === kind ? [] : [invalid('kind', object.kind, `must be ${kind}`)]),
  ];
  if (errors.length > 0) throw invalidObject(expected, name, errors);
}
