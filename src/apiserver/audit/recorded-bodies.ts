/** What a request brought and what it was answered, without the secrets in it. */
import type { KubeObject } from '../../meta/object.ts';
import type { Status } from '../../meta/status.ts';
import { valueOf } from './body.ts';
import { maxAuditedBytes } from './contract.ts';
import type { Scrubber, ScrubOptions } from './scrub.ts';
import { scrubStatus, scrubText } from './scrub-text.ts';

/** The bodies of a request and its answer, without secrets. */
export interface RecordedBodies {
  /** @param keep whether events contain it; if not, it is only searched for secrets */
  requestObject(object: KubeObject, keep: boolean): void;
  requestBody(body: Buffer, contentType: string | undefined, keep: boolean): void;
  responseBody(body: Buffer | readonly Buffer[], contentType: string): void;
  /** Objects that webhooks got and may quote. */
  shown(objects: readonly KubeObject[]): void;
  kept(): { requestObject?: unknown; responseObject?: unknown };
  /** Whether something was too large to be kept. */
  isTruncated(): boolean;
  /** The Status without quoted secrets of the request or of shown objects. */
  scrubStatus(status: Status): Status;
  /** The same of a text. */
  scrubText(text: string): string;
  /** A JSON patch (RFC 6902) without secrets. */
  scrubOperations(operations: readonly object[]): unknown;
}

/** Empty at first. @param scrubber removes the secrets */
export function createRecordedBodies(
  scrubber: Scrubber,
  { omitManagedFields }: Required<Pick<ScrubOptions, 'omitManagedFields'>>,
): RecordedBodies {
  const secrets = new Set<string>();
  const kept: { requestObject?: unknown; responseObject?: unknown } = {};
  /** Searched for secrets only when an error text must be cleaned. */
  const pending: (() => unknown)[] = [];
  let truncated = false;
  const onSecret = (secret: string): void => void secrets.add(secret);
  const scrub = (value: unknown): unknown => scrubValue(scrubber, value, { omitManagedFields, onSecret });
  function request(read: () => unknown, keep: boolean): void {
    if (!keep) {
      pending.push(() => scrub(read()));
      return;
    }
    // Copied now: the object may be changed later.
    const value = scrub(read());
    if (value !== undefined) kept.requestObject = value;
  }
  function knowSecrets(): void {
    for (const read of pending.splice(0)) read();
  }
  return {
    requestObject: (object, keep) => request(() => object, keep),
    requestBody: (body, contentType, keep) => request(() => valueOf(body, contentType), keep),
    responseBody(body, contentType) {
      const bytes = Buffer.isBuffer(body) ? body : joined(body);
      if (bytes === undefined || bytes.length > maxAuditedBytes) {
        truncated = true;
        return;
      }
      const value = scrub(valueOf(bytes, contentType));
      if (value !== undefined) kept.responseObject = value;
    },
    shown: (objects) => {
      for (const object of objects) pending.push(() => scrub(object));
    },
    kept: () => kept,
    isTruncated: () => truncated,
    scrubStatus(status) {
      knowSecrets();
      return scrubStatus(status, secrets, scrubber.fields);
    },
    scrubText(text) {
      knowSecrets();
      // A document in it may hold more than what was quoted.
      return scrubText(String(scrub(text)), secrets, scrubber.fields);
    },
    scrubOperations: (operations) => scrubber.scrubOperations(operations, { omitManagedFields, onSecret }),
  };
}

function scrubValue(scrubber: Scrubber, value: unknown, options: ScrubOptions): unknown {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? scrubber.scrubOperations(value, options) : scrubber.scrub(value, options);
}

function joined(parts: readonly Buffer[]): Buffer | undefined {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return length > maxAuditedBytes ? undefined : Buffer.concat(parts, length);
}
