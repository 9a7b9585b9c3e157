/**
 * Loaded before every test file. How long a test waits for something to come about says nothing about how fast it must
 * be; with other work on the machine everything takes longer. So vi.waitFor waits long unless it is told otherwise.
 */
import { vi } from 'vitest';

const patience = { timeout: 30_000, interval: 20 };
/** Kept by Vitest's own function, since files that share a worker load this one again. */
const original = Symbol.for('kubedirector.test.waitFor');

interface Kept {
  [original]?: typeof vi.waitFor;
}

const waitFor = ((vi as Kept)[original] ??= vi.waitFor.bind(vi));
vi.waitFor = (callback, options) =>
  waitFor(callback, { ...patience, ...(typeof options === 'number' ? { timeout: options } : options) });
