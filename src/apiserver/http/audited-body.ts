/** Shows bodies that are sent in pieces to the audit log, without keeping more of them than it takes. */
import { maxAuditedBytes } from '../audit/contract.ts';
import type { AuditTrail, BodyPart } from '../exchange.ts';

/** The same pieces; the audit log gets them once they are complete, or too many to keep. */
export function audited(
  audit: AuditTrail | undefined,
  contentType: string,
  pieces: Iterable<Buffer>,
): Iterable<Buffer> {
  return audit === undefined ? pieces : seen(pieces, (piece) => piece, new Keeper(audit, contentType));
}

/** The same for parts: those that the audit log takes are made for it, even if they are compressed already. */
export function auditedParts(
  audit: AuditTrail | undefined,
  contentType: string,
  parts: Iterable<BodyPart>,
): Iterable<BodyPart> {
  return audit === undefined ? parts : seen(parts, (part) => part.bytes(), new Keeper(audit, contentType));
}

function* seen<P>(pieces: Iterable<P>, bytesOf: (piece: P) => Buffer, keeper: Keeper): Generator<P, void, undefined> {
  for (const piece of pieces) {
    if (!keeper.isDone) keeper.add(bytesOf(piece));
    yield piece;
  }
  keeper.end();
}

class Keeper {
  readonly #audit: AuditTrail;
  readonly #contentType: string;
  #kept: Buffer[] = [];
  #length = 0;
  isDone = false;

  constructor(audit: AuditTrail, contentType: string) {
    this.#audit = audit;
    this.#contentType = contentType;
  }

  add(piece: Buffer): void {
    this.#kept.push(piece);
    this.#length += piece.length;
    if (this.#length > maxAuditedBytes) this.end();
  }

  end(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.#audit.responseBody(this.#kept, this.#contentType);
    this.#kept = [];
  }
}
