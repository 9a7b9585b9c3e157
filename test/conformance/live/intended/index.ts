/** The intended differences from a custom resource. Each entry must occur, and no other difference may occur. */
import type { Intended } from '../intention.ts';
import { generalDifferences } from './everywhere.ts';
import { objectDifferences } from './objects.ts';
import { requestDifferences } from './requests.ts';
import { subresourceDifferences } from './subresources.ts';

export const intended: readonly Intended[] = [
  ...generalDifferences,
  ...objectDifferences,
  ...subresourceDifferences,
  ...requestDifferences,
];
