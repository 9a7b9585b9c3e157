/** The shape of a policy file. Source: k8s.io/apiserver/pkg/apis/audit/v1 Policy */
import type { OpenApiSchema } from '../../schema/contract.ts';
import { levels, stages } from './contract.ts';

const strings: OpenApiSchema = { type: 'array', items: { type: 'string' } };
const stageList: OpenApiSchema = {
  type: 'array',

  items: { type: 'string', enum: [...stages] },
};

const groupResources: OpenApiSchema = {
  type: 'object',
  properties: { group: { type: 'string' }, resources: strings, resourceNames: strings },
};

const rule: OpenApiSchema = {
  type: 'object',
  required: ['level'],
  properties: {
    level: { type: 'string', enum: [...levels] },
    users: strings,
    userGroups: strings,
    verbs: strings,
    resources: { type: 'array', items: groupResources },
    namespaces: strings,
    nonResourceURLs: strings,
    omitStages: stageList,
    omitManagedFields: { type: 'boolean' },
  },
};

/** The schema that policy files are validated by. */
export const policySchema: OpenApiSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'rules'],
  properties: {
    apiVersion: { type: 'string', enum: ['audit.k8s.io/v1'] },
    kind: { type: 'string', enum: ['Policy'] },
    metadata: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    omitStages: stageList,
    omitManagedFields: { type: 'boolean' },
    rules: { type: 'array', minItems: 1, items: rule },
  },
};
