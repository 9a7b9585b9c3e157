/** The draft of a write through another version, as the rest of the pipeline takes it: in the hub's version. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import { badRequest, invalidObject } from '../../meta/status.ts';
import { pause } from '../../runtime/turns.ts';
import { ConversionError } from '../versions/index.ts';
import { shape } from './checks.ts';
import type { WriteVersion } from './contract.ts';
import type { RegistryDependencies } from './dependencies.ts';
import type { Draft, WriteRequest } from './write-request.ts';

/**
 * @param made in the version of the request
 * @throws StatusError 422 with the findings of that version's schema: the strategy's would name other fields; 400 if the hub's
 *         version cannot express the object
 */
export async function draftOfHub<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { context, target }: WriteRequest<T>,
  version: WriteVersion<T>,
  made: Draft<T>,
  old: Stored<T> | undefined,
): Promise<Draft<T>> {
  if (made.errors.length > 0) throw invalidObject(definition, made.object.metadata.name ?? target.name, made.errors);
  await pause(context);
  return { ...(await shape(definition, context, converted(version, made.object), old)), named: made.named };
}

function converted<T extends KubeObject>(version: WriteVersion<T>, object: T): T {
  try {
    return version.toHub(object);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const { kind, version: name } = version.place;
    // In kube-apiserver's words for what it cannot decode.
    throw badRequest(`${kind} in version ${JSON.stringify(name)} cannot be handled as a ${kind}: ${error.why}`, {
      cause: error,
    });
  }
}
