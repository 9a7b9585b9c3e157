/** The resourceVersion of a request as the store's revision. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
import { badRequest } from './status.ts';

const maxUint64 = 18_446_744_073_709_551_615n;

/**
 * The revision that a resourceVersion stands for. The caller must handle '' and '0', which have special meanings. Numbers
 * beyond 2^53 are rounded; the result is still newer than any revision.
 * @throws StatusError 400 for anything but a decimal unsigned 64-bit number
 */
export function parseResourceVersion(text: string): number {
  const refuse = (why: string) =>
    badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ` +
        `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (text === '' || /[^0-9]/.test(text)) throw refuse('invalid syntax');
  const digits = text.replace(/^0+(?=.)/, '');
  if (digits.length > 20 || BigInt(digits) > maxUint64) throw refuse('value out of range');
  return Number(digits);
}
