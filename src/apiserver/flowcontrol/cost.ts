/**
 * What requests cost, in units of one get: about a tenth of a millisecond of the processor. Only proportions between
 * requests matter.
 */
import type { RequestKind } from './in-flight.ts';

/** One unit for so many bytes of a list. Source: k8s.io/apiserver/pkg/util/flowcontrol/request bytesPerSeat */
const bytesPerUnit = 100_000;
/** A write decodes, validates and stores: measured beside a get. */
export const writeCost = 5;

/** Of requests for one object. */
export function defaultCost(kind: RequestKind): number {
  return kind === 'mutating' ? writeCost : 1;
}

/** What a list is about. */
interface ListWork {
  /** All that there is where it looks; bytes of all of them. */
  readonly objects: number;
  readonly bytes: number;
  /** 0: none. */
  readonly limit: number;
  /** With a selector, more is looked at than is sent. */
  readonly isSelective: boolean;
}

/**
 * By the size of what has to be looked at. Source: list_work_estimator.go, seatsBasedOnObjectSize
 * @returns at least 1, and no whole number
 */
export function listCost({ objects, bytes, limit, isSelective }: ListWork): number {
  if (objects === 0) return 1;
  const sent = limit > 0 ? Math.min(limit, objects) : objects;
  const seen = isSelective ? Math.max(sent, objects / 2) : sent;
  return Math.max(1, ((bytes / objects) * seen) / bytesPerUnit);
}
