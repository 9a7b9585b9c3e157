import type { LiveScenario } from '../scenario.ts';
import { admissionScenarios } from './admission/index.ts';
import { deletionScenarios } from './deletions.ts';
import { documentScenarios } from './documents.ts';
import { listScenarios } from './lists.ts';
import { nameScenarios } from './names.ts';
import { negotiationScenarios } from './negotiation.ts';
import { patchScenarios } from './patches.ts';
import { recordedScenarios } from './recorded.ts';
import { subresourceScenarios } from './subresources.ts';
import { surroundingScenarios } from './surroundings.ts';
import { watchScenarios } from './watches.ts';
import { writeScenarios } from './writes.ts';

/** All scenarios. Their names are unique. Scenarios that wait for changes come first. */
export const liveScenarios: readonly LiveScenario[] = [
  ...surroundingScenarios,
  ...admissionScenarios,
  ...watchScenarios,
  ...subresourceScenarios,
  ...nameScenarios,
  ...writeScenarios,
  ...patchScenarios,
  ...deletionScenarios,
  ...listScenarios,
  ...negotiationScenarios,
  ...documentScenarios,
  ...recordedScenarios,
];
