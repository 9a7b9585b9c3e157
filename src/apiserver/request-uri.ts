/** Addresses of requests, as they may be written down. */

/** In the place of what was removed. */
export const redacted = '[redacted]';

/**
 * A bearer token in a URL (RFC 6750 section 2.3): this server ignores it, but it may be valid elsewhere. `token` is
 * Jupyter's, and passes through proxies.
 */
const tokenInUrl = /([?&](?:access_)?token=)[^&]*/gi;

/** The URI without tokens in its query. */
export function withoutTokens(uri: string): string {
  return uri.replace(tokenInUrl, `$1${redacted}`);
}
