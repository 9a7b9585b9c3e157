/** Bodies written in hexadecimal, as JSON. */
import { decodeMessage } from '../../../src/apiserver/decoding/protobuf-message.ts';
import { openEnvelope } from '../../../src/apiserver/decoding/protobuf.ts';
import type { JsonObject } from '../../../src/meta/json.ts';

/** @param kind below "io.k8s.api.": "core.v1.Pod" */
export function decoded(kind: string, hex: string): JsonObject {
  const { typeMeta, raw } = openEnvelope(Buffer.from(hex, 'hex'));
  return { ...typeMeta, ...decodeMessage(`io.k8s.api.${kind}`, raw) };
}

/** One field: a number is a varint; text and bytes are prefixed by their length. */
export function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A message of so many parts in Kubernetes' envelope, which says what it is. */
export function enveloped(apiVersion: string, kind: string, ...parts: readonly Buffer[]): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, Buffer.concat(parts))]);
}
