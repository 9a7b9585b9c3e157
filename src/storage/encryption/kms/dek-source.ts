import { dns1123SubdomainErrors } from '../../../meta/names.ts';
import { dekSourceType, type DekSource } from './proto.ts';

/** Bytes. */
const limits = { keyId: 1024, encryptedDekSource: 1024, annotations: 32 * 1024 };

/**
 * What KMS v2 asks of what a plugin gives.
 * @returns what is wrong with it; never the key's id, which may be a secret. Source: kmsv2.ValidateEncryptedObject
 */
export function dekSourceProblem(source: DekSource): string | undefined {
  const {
    encryptedDekSource: { length },
    encryptedDekSourceType: type,
  } = source;
  if (type !== dekSourceType.aesGcmKey && type !== dekSourceType.seed) return `unknown encryptedDEKSourceType: ${type}`;
  if (length === 0) return 'encrypted DEK source is empty';
  if (length > limits.encryptedDekSource) {
    return `encrypted DEK source is ${length} bytes, which exceeds the max size of ${limits.encryptedDekSource}`;
  }
  return keyIdProblem(source.keyId) ?? annotationsProblem(source.annotations);
}

/** What is wrong with the id of a key. */
export function keyIdProblem(keyId: string): string | undefined {
  const length = Buffer.byteLength(keyId);
  if (length === 0) return 'keyID is empty';
  return length > limits.keyId ? `keyID is ${length} bytes, which exceeds the max size of ${limits.keyId}` : undefined;
}

function annotationsProblem(annotations: DekSource['annotations']): string | undefined {
  const wrong = annotations.find(({ key }) => !isQualified(key));
  if (wrong !== undefined) return `the annotation ${JSON.stringify(wrong.key)} is not a fully qualified domain name`;
  const bytes = annotations.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + value.length, 0);
  if (bytes <= limits.annotations) return undefined;
  return `total size of annotations is ${bytes}, which exceeds the max size of ${limits.annotations}`;
}

function isQualified(name: string): boolean {
  const bare = name.replace(/\.$/, '');
  return bare.includes('.') && dns1123SubdomainErrors(bare).length === 0;
}

/** The same for the same data key. */
export function nameOf({ annotations, encryptedDekSource, encryptedDekSourceType, keyId }: DekSource): string {
  const sorted = annotations.map(({ key, value }) => [key, value.toString('base64')]).sort();
  return JSON.stringify([encryptedDekSourceType, encryptedDekSource.toString('base64'), keyId, sorted]);
}
