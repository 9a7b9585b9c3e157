/**
 * Which versions of Node.js the program runs on. This file is loaded before all others, by whatever Node.js there is:
 * it imports nothing.
 */

/** What to do about a version of Node.js: start, start after a warning, or not start. */
type NodeSupport =
  { readonly level: 'supported' } | { readonly level: 'deprecated' | 'refused'; readonly message: string };

const oldest: readonly [major: number, minor: number] = [20, 19];
const oldestSupported = 22;
const advice = 'Use Node.js 24, or 22.';

/** @param version as in process.versions.node: "24.21.0" */
export function supportOf(version: string): NodeSupport {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major >= oldestSupported) return { level: 'supported' };
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
    return { level: 'deprecated', message: `Node.js ${version} gets no security fixes any more. ${advice}` };
  }
  return {
    level: 'refused',
    message: `Node.js ${version} is too old; the oldest that works is ${oldest.join('.')}. ${advice}`,
  };
}
