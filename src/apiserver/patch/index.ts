/** Patches: a body is decoded once, and applied again after each lost race. */
import { isJsonObject } from '../../meta/json.ts';
import { badRequest, unsupportedMediaType } from '../../meta/status.ts';
import { allAtOnce, type Steps } from '../../runtime/steps.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { parseJsonSteps } from '../decoding/decode.ts';
import { jsonPatchSteps, parseOperations, unknownMembers } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

/** The media types of patches that are no server-side apply. */
export const patchMediaTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const;
/** One of `patchMediaTypes`. */
export type PatchMediaType = (typeof patchMediaTypes)[number];

/** A decoded patch. */
export interface Patch {
  readonly mediaType: PatchMediaType;
  /** The decoded body; duplicate keys have to be looked for in its text. */
  readonly document: unknown;
  /** Errors of strict decoding in the patch itself (not in the object it makes), for causes and warnings. */
  readonly strictErrors: readonly string[];
  /**
   * Pure: a changed copy, not yet pruned nor validated, which may share with `current` what was not touched.
   * @throws StatusError 422 without details where a JSON patch does not fit, 413 where it grows the object beyond
   *         bounds, 400 for strategic directives that make no sense
   */
  apply(current: object, schema: ResourceSchema): object;
  /** As `apply`, in steps. */
  applySteps(current: object, schema: ResourceSchema): Steps<object>;
}

/** @throws StatusError 415 for another media type, 400 where the body is not a patch, 413 for too many operations or values */
export function parsePatch(contentType: string | undefined, body: Buffer): Patch {
  return allAtOnce(parsePatchSteps(contentType, body));
}

/** As parsePatch, in steps. */
export function* parsePatchSteps(contentType: string | undefined, body: Buffer): Steps<Patch> {
  const mediaType = patchMediaType(contentType);
  const document = yield* decode(body);
  yield;
  if (mediaType === 'application/json-patch+json') {
    const operations = parseOperations(document);
    const strictErrors = unknownMembers(document);
    return patchOf({ mediaType, document, strictErrors }, (current) => jsonPatchSteps(operations, current));
  }
  if (!isJsonObject(document)) throw badRequest('error decoding patch: a merge patch must be an object');
  const isMerge = mediaType === 'application/merge-patch+json';
  // eslint-disable-next-line require-yield -- one step: it costs no more than reading the body
  return patchOf({ mediaType, document, strictErrors: [] }, function* (current, schema) {
    return isMerge
      ? (mergePatch(current, document) as object)
      : strategicMergePatch({ ...current }, document, schema.root);
  });
}

function patchOf(read: Omit<Patch, 'apply' | 'applySteps'>, applySteps: Patch['applySteps']): Patch {
  return { ...read, applySteps, apply: (current, schema) => allAtOnce(applySteps(current, schema)) };
}

/** The media type of a server-side apply; its body is YAML or JSON. */
export const applyMediaType = 'application/apply-patch+yaml';

/** Whether a Content-Type is that of a server-side apply. */
export function isApplyPatch(contentType = ''): boolean {
  return withoutParameters(contentType) === applyMediaType;
}

/** The kind of a patch that is no server-side apply. @throws StatusError 415 */
export function patchMediaType(contentType = ''): PatchMediaType {
  const asked = withoutParameters(contentType);
  const known = patchMediaTypes.find((mediaType) => mediaType === asked);
  if (known === undefined) throw unsupportedMediaType([...patchMediaTypes, applyMediaType]);
  return known;
}

/** As in kube-apiserver: case matters, and only what follows a semicolon is ignored. */
function withoutParameters(contentType: string): string {
  const end = contentType.indexOf(';');
  return end > 0 ? contentType.slice(0, end) : contentType;
}

function* decode(body: Buffer): Steps<unknown> {
  try {
    return (yield* parseJsonSteps(body)).value;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`invalid JSON patch: ${error.message}`, { cause: error });
  }
}

/** Both steps in one. @throws as parsePatch and Patch.apply */
export function applyPatch(options: {
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly current: object;
  readonly schema: ResourceSchema;
}): object {
  return parsePatch(options.contentType, options.body).apply(options.current, options.schema);
}
