/**
 * What does not exist in the playground. Nothing is downloaded in it, so names tell: an image, a package or a file to
 * inject whose name has `does-not-exist` or `nosuch` in it fails as it would on a real node.
 */
const pattern = /does-not-exist|nosuch/i;

/** @param image as a container names it */
export const isMissingImage = (image: string): boolean => pattern.test(image);

/** What curl says of a URL that leads nowhere, with its exit status; undefined where it can be had. */
export function downloadProblem(url: string): string | undefined {
  if (!pattern.test(url)) return undefined;
  const host = URL.canParse(url) ? new URL(url).hostname : url;
  return pattern.test(host)
    ? `curl: (6) Could not resolve host: ${host}`
    : 'curl: (22) The requested URL returned error: 404';
}
