/** Webhooks and policies of the cluster that refuse, change and warn. */
import type { LiveScenario } from '../../scenario.ts';
import { matchingScenarios } from './matching.ts';
import { mutatingPolicyScenarios } from './mutating-policies.ts';
import { policyScenarios } from './policies.ts';
import { webhookScenarios } from './webhooks.ts';

export const admissionScenarios: readonly LiveScenario[] = [
  ...webhookScenarios,
  ...matchingScenarios,
  ...policyScenarios,
  ...mutatingPolicyScenarios,
];
