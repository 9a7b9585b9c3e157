/** Setup packages in images. Source: https://kubernetes.io/docs/concepts/storage/volumes/#image */

const scheme = 'oci://';

/** The image that a package is in, as pods name images; undefined for a package that is downloaded. */
export function packageImageOf(packageURL: string): string | undefined {
  return packageURL.startsWith(scheme) ? packageURL.slice(scheme.length) : undefined;
}
