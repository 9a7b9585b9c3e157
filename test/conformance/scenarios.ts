/**
 * Requests for any resource. Each scenario runs on kube-apiserver, with a CRD of the same schema, and on our server.
 * The answers must be the same, except for the differences that are listed with a reason.
 */
import { changeScenarios } from './requests/change-scenarios.ts';
import { objectScenarios } from './requests/object-scenarios.ts';
import { readScenarios } from './requests/read-scenarios.ts';
import type { Scenario } from './requests/scenario.ts';

/** All scenarios. Their names are unique. */
export const scenarios: readonly Scenario[] = [...objectScenarios, ...changeScenarios, ...readScenarios];
