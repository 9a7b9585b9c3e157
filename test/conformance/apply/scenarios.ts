import { listScenarios } from './list-scenarios.ts';
import { managedFieldsScenarios } from './managed-fields-scenarios.ts';
import { nativeScenarios } from './native-scenarios.ts';
import { ownershipScenarios } from './ownership-scenarios.ts';
import { requestScenarios } from './request-scenarios.ts';
import type { ApplyScenario } from './scenario.ts';
import { subresourceScenarios } from './subresource-scenarios.ts';
import { takeoverScenarios } from './takeover-scenarios.ts';

/** All scenarios. Their names are unique. */
export const applyScenarios: readonly ApplyScenario[] = [
  ...ownershipScenarios,
  ...listScenarios,
  ...requestScenarios,
  ...managedFieldsScenarios,
  ...subresourceScenarios,
  ...takeoverScenarios,
  ...nativeScenarios,
];
