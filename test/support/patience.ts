/**
 * Loaded before every test file. How long a test waits for something to come about says nothing about how fast it must
 * be; with other work on the machine everything takes longer. So vi.waitFor waits long unless it is told otherwise.
 */
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
