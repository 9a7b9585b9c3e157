/** What a MutatingAdmissionPolicy makes of an object. Source: k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch */
import type { Mutation, MutatingAdmissionPolicy } from '../../../apis/kubernetes/types.ts';
import { isJsonObject } from '../../../meta/json.ts';
import { apiVersionString, type KubeObject } from '../../../meta/object.ts';
import { mergeTypeOf, typedOf, TypedError, type MergeType } from '../../apply/typed/index.ts';
import { applyJsonPatch, parseOperations } from '../../patch/json-patch.ts';
import type { Language, Program } from '../cel.ts';
import { MadeObject, toJson } from '../cel-structs.ts';
import { messageOf } from '../consult.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { compilePolicy, type CompiledPolicy } from './compiled.ts';
import { bindingOf, evaluateOne, type PolicyInput } from './evaluation.ts';

/** A policy whose expressions are compiled. */
export interface Mutator extends CompiledPolicy<MutatingAdmissionPolicy> {
  readonly mutations: readonly { readonly patchType: Mutation['patchType']; readonly expression: Program }[];
}

/** Compiles the policy; expressions that do not compile fail when they are evaluated. */
export function mutatorOf(language: Language, policy: MutatingAdmissionPolicy): Mutator {
  const { mutations = [] } = policy.spec;
  return {
    ...compilePolicy(language, policy),
    mutations: mutations.map(({ patchType, jsonPatch, applyConfiguration }) => ({
      patchType,
      expression: language.compile(
        (patchType === 'JSONPatch' ? jsonPatch : applyConfiguration)?.expression ?? '',
        true,
      ),
    })),
  };
}

/** Evaluates one mutation. @returns the changed object; the same if it changes nothing. @throws Error that says why not */
export async function applyMutation(
  language: Language,
  { variables }: Mutator,
  { patchType, expression }: Mutator['mutations'][number],
  input: PolicyInput,
  object: KubeObject,
): Promise<KubeObject> {
  const result = await evaluateOne(expression, bindingOf(language, variables, input));
  if ('error' in result) throw new Error(result.error);
  return patchType === 'JSONPatch' ? patched(result.value, object) : merged(result.value, object, input.attributes);
}

function patched(value: unknown, object: KubeObject): KubeObject {
  if (!Array.isArray(value)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  const operations = parseOperations(toJson(value));
  try {
    return asObject(applyJsonPatch(operations, object));
  } catch (cause) {
    // A test that fails says that the patch is not for this object.
    if (isFailedTest(cause)) return object;
    throw new Error(`JSON Patch: ${messageOf(cause)}`, { cause });
  }
}

function isFailedTest(error: unknown): boolean {
  return messageOf(error).includes('the value there is another');
}

function merged(value: unknown, object: KubeObject, { schema, kind }: AdmissionAttributes): KubeObject {
  if (!(value instanceof MadeObject) || value.celType !== 'Object')
    throw new Error('unsupported return type from ApplyConfiguration expression');
  if (schema === undefined) throw new Error('error applying patch: the object has no schema');
  const type = mergeTypeOf(schema);
  const made = toJson(value);
  const configuration = { ...(isJsonObject(made) ? made : {}), apiVersion: apiVersionString(kind), kind: kind.kind };
  const atomic = atomicParts(type, configuration, '');
  if (atomic.length > 0) {
    const where = atomic.join(', ');
    throw new Error(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${where}`,
    );
  }
  try {
    return asObject(typedOf(object, type, { allowDuplicates: true }).merge(typedOf(configuration, type)).value);
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw new Error(`error applying patch: ${cause.message}`, { cause });
  }
}

/** Whatever is atomic would lose what the configuration does not mention. */
function atomicParts(type: MergeType | undefined, value: unknown, path: string): string[] {
  if (type === undefined) return [];
  if (Array.isArray(value) && type.list !== undefined) {
    const { list } = type;
    const inside = value.flatMap((item, at) => atomicParts(list.element(), item, `${path}[${at}]`));
    return list.atomic ? [path, ...inside] : inside;
  }
  if (!isJsonObject(value) || type.map === undefined) return [];
  const { map } = type;
  const inside = Object.entries(value).flatMap(([key, field]) =>
    atomicParts(map.field(key)?.type, field, `${path}.${key}`),
  );
  return map.atomic ? [path, ...inside] : inside;
}

/** A JSON object with metadata is all that is certain of it. */
function asObject(value: unknown): KubeObject {
  if (!isJsonObject(value)) throw new Error('the mutation leaves no object');
  const { metadata } = value;
  return { ...(value as unknown as KubeObject), metadata: isJsonObject(metadata) ? metadata : {} };
}
