/**
 * Loaded before every test file. On a busy machine everything takes longer, and the time that a test waits
 * is not a limit for the program. So vi.waitFor waits long unless the test says otherwise.
 */
// First of all: if X509Certificate.toLegacyObject() is called before this module is loaded, Node.js 24 never has a
// tls.createSecureContext in that process.
import 'node:tls';
import { vi } from 'vitest';

const patience = { timeout: 30_000, interval: 20 };
/** Files that share a worker load this one again. */
const done = Symbol.for('kubedirector.test.patience');

if (!(done in vi)) {
  Object.defineProperty(vi, done, { value: true });
  const waitFor = vi.waitFor.bind(vi);
  vi.waitFor = (callback, options) =>
    waitFor(callback, { ...patience, ...(typeof options === 'number' ? { timeout: options } : options) });
}
