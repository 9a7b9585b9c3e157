/** Policy files: YAML or JSON to a policy. Rules and wording: k8s.io/apiserver/pkg/apis/audit/validation */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { createResourceSchema } from '../../schema/index.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { decodeBody } from '../decoding/decode.ts';
import type { AuditPolicy, PolicyRule } from './policy.ts';
import { policySchema } from './policy-schema.ts';

/** A policy file is unreadable or invalid; the message names every problem. */
export class AuditPolicyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditPolicyError';
  }
}

/**
 * Parses and validates a policy.
 * @param warn called for unknown and repeated fields
 * @throws AuditPolicyError that names every problem by its path
 */
export function parseAuditPolicy(text: string, warn: (message: string) => void): AuditPolicy {
  const { value, duplicates } = decode(text);
  const schema = createResourceSchema('Policy', { Policy: policySchema });
  const misshapen = schema.validate(value);
  if (misshapen.length > 0) throw invalidPolicy(misshapen);
  for (const phrase of duplicates) warn(`audit policy: ${phrase}`);
  for (const path of schema.unknownFields(value)) warn(`audit policy: unknown field "${path}"`);
  // Validated by the schema, so the cast is safe.
  const policy = schema.prune(value) as AuditPolicy;
  const errors = policy.rules.flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`));
  if (errors.length > 0) throw invalidPolicy(errors);
  return policy;
}

function decode(text: string): { value: unknown; duplicates: readonly string[] } {
  try {
    return decodeBody(Buffer.from(text), 'yaml', { findDuplicates: true });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new AuditPolicyError(`the audit policy cannot be read: ${cause.message}`, { cause });
  }
}

function invalidPolicy(errors: readonly FieldError[]): AuditPolicyError {
  const lines = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return new AuditPolicyError(`the audit policy is invalid: ${lines.join('; ')}`);
}

function ruleErrors(rule: PolicyRule, path: string): FieldError[] {
  const { nonResourceURLs = [], resources = [], namespaces = [] } = rule;
  const errors = nonResourceURLs.flatMap((url, index) => urlErrors(url, `${path}.nonResourceURLs[${index}]`));
  for (const [index, { group = '', resources: names = [], resourceNames = [] }] of resources.entries()) {
    const at = `${path}.resources[${index}]`;
    const problems = group === '' || group === '*' ? [] : dns1123SubdomainErrors(group);
    if (problems.length > 0) errors.push(invalid(`${at}.group`, group, problems.join(',')));
    if (resourceNames.length > 0 && names.length === 0) {
      errors.push(invalid(`${at}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource'));
    }
  }
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0) {
    const detail = 'rules cannot apply to both regular resources and non-resource URLs';
    errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, detail));
  }
  return errors;
}

function urlErrors(url: string, path: string): FieldError[] {
  if (url === '*') return [];
  const errors: FieldError[] = [];
  if (!url.startsWith('/')) {
    errors.push(invalid(path, url, "non-resource URL rules must begin with a '/' character"));
  }
  if (url.slice(0, -1).includes('*')) {
    errors.push(invalid(path, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  }
  return errors;
}
