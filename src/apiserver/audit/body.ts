/** Parses bodies of requests and answers for the audit log. */
import { StatusError } from '../../meta/status.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { decodeBody, mediaTypeOf } from '../decoding/decode.ts';

/** @returns undefined if it is neither JSON nor YAML, is invalid, or exceeds the limits */
export function valueOf(body: Buffer, contentType: string | undefined): unknown {
  const format = formatOf(mediaTypeOf(contentType));
  if (format === undefined) return undefined;
  try {
    return decodeBody(body, format, { findDuplicates: false }).value;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof StatusError) return undefined;
    throw error;
  }
}

function formatOf(mediaType: string): 'json' | 'yaml' | undefined {
  if (mediaType === '' || /^application\/([\w.-]+\+)?json$/.test(mediaType)) return 'json';
  return /^application\/([\w.-]+\+)?yaml$/.test(mediaType) ? 'yaml' : undefined;
}
