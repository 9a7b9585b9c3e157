/** Segments of URL paths. */

/**
 * Whether a segment leads out of its folder, percent-encoded or not: some servers decode before they split.
 * @throws URIError for escapes that are not valid
 */
export function climbs(segment: string): boolean {
  return decodeURIComponent(segment)
    .split(/[/\\]/)
    .some((part) => part === '.' || part === '..');
}
