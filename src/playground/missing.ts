/**
 * What does not exist in the playground. Nothing is really downloaded, so the name decides: an image, a package or a
 * file to inject with `does-not-exist` or `nosuch` in its name fails as it would on a real node.
 */
import type { Container, Volume } from '../apis/kubernetes/types.ts';

const pattern = /does-not-exist|nosuch/i;

/** Whether pulling the image fails. @param image the reference in the container */
export const isMissingImage = (image: string): boolean => pattern.test(image);

/** The image that a container lacks: its own, or that of a volume which it mounts; undefined if all can be pulled. */
export function missingImageOf(
  { image = '', volumeMounts = [] }: Container,
  volumes: readonly Volume[] = [],
): string | undefined {
  const mounted = volumes.filter(({ name }) => volumeMounts.some((mount) => mount.name === name));
  return [image, ...mounted.map((volume) => volume.image?.reference ?? '')].find(isMissingImage);
}

/** The error text of curl, with its exit status, if the URL does not exist. Undefined if it can be downloaded. */
export function downloadProblem(url: string): string | undefined {
  if (!pattern.test(url)) return undefined;
  const host = URL.canParse(url) ? new URL(url).hostname : url;
  return pattern.test(host)
    ? `curl: (6) Could not resolve host: ${host}`
    : 'curl: (22) The requested URL returned error: 404';
}
