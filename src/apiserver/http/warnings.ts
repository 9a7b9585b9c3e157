/** `Warning` headers. Source: RFC 7234 section 5.5; limits as k8s.io/apiserver/pkg/endpoints/filters/warning.go. */

const maxTotal = 4 * 1024;
const maxEach = 256;

/** The warnings of one answer: each text once, limited in total. */
export interface WarningList {
  readonly values: readonly string[];
  add(text: string): void;
}

/** An empty list. */
export function createWarningList(): WarningList {
  const seen = new Set<string>();
  const values: string[] = [];
  let total = 0;
  return {
    values,
    add(text) {
      const room = total + text.length > maxTotal ? maxEach : maxTotal;
      const shown = text.slice(0, room);
      if (shown === '' || seen.has(shown) || total > 4 * maxTotal) return;
      seen.add(shown);
      total += shown.length;
      values.push(warningValue(shown));
    },
  };
}

/**
 * The header value `299 - "text"`: quoted, without control characters, UTF-8 as bytes (Node writes header values as
 * Latin-1).
 */
export function warningValue(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not reach a header
  const printable = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/["\\]/g, '\\$&');
  return `299 - "${Buffer.from(printable, 'utf8').toString('latin1')}"`;
}
