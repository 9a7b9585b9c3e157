/**
 * The tests of every storage engine: test/contract/ENGINE.test.ts calls this function with a way to open an empty store.
 * Revisions are above 0, also before the first write, and never assumed to be consecutive: others may write to the same engine.
 */
import { describe } from 'vitest';
import { barriers } from './barriers.ts';
import { committing } from './committing.ts';
import { conditions } from './conditions.ts';
import { guarding } from './guarding.ts';
import { lifetime } from './lifetime.ts';
import { listing } from './listing.ts';
import { Subject, type OpenedStore } from './opened.ts';
import { watching } from './watching.ts';

export type { OpenedStore } from './opened.ts';

export function storageContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a store`, () => {
    const subject = new Subject(open);
    describe('committing', () => committing(subject));
    describe('conditions', () => conditions(subject));
    describe('guarding', () => guarding(subject));
    describe('listing', () => listing(subject));
    describe('watching', () => watching(subject));
    describe('barriers', () => barriers(subject));
    describe('closing and opening', () => lifetime(subject));
  });
}
