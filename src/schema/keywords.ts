/** Checks of Kubernetes that JSON Schema lacks: unique list keys, quantities, and a limit of depth. */
import type { Ajv, ErrorObject, SchemaValidateFunction } from 'ajv';
import { isJsonObject } from '../meta/json.ts';
import { parseQuantity } from '../meta/quantity.ts';
import { isDeeperThan, maxDepth } from './depth.ts';
import { numberFormats, stringFormats } from './formats.ts';
import { emptyKeyword, integerKeyword, quantityKeyword, shallowKeyword, uniqueKeyword } from './json-schema.ts';
import { getOwn } from './own-keys.ts';

/** No more repeated elements of one list are reported. */
const maxDuplicates = 1000;

type Failure = Pick<ErrorObject, 'keyword' | 'params'> & { instancePath?: string };

function keyword(check: (setting: unknown, data: unknown, path: string) => Failure[]): SchemaValidateFunction {
  const validate: SchemaValidateFunction = (setting, data, _schema, context) => {
    const failures = check(setting, data, context?.instancePath ?? '');
    validate.errors = failures;
    return failures.length === 0;
  };
  return validate;
}

function duplicates(keys: readonly string[], list: readonly unknown[], path: string): Failure[] {
  const seen = new Set<string>();
  const failures: Failure[] = [];
  for (const [index, element] of list.entries()) {
    if (keys.length > 0 && element !== null && !isJsonObject(element)) {
      failures.push({ keyword: uniqueKeyword, params: { isNoObject: true }, instancePath: `${path}/${index}` });
      if (failures.length === maxDuplicates) break;
    }
    const identity = identityOf(keys, element);
    if (identity === undefined) continue;
    const text = JSON.stringify(identity);
    if (seen.has(text)) {
      failures.push({ keyword: uniqueKeyword, params: { value: identity }, instancePath: `${path}/${index}` });
      if (failures.length === maxDuplicates) break;
    }
    seen.add(text);
  }
  return failures;
}

/** Undefined for elements that lack a key field: that is reported as missing. */
function identityOf(keys: readonly string[], element: unknown): unknown {
  if (keys.length === 0) return typeof element === 'object' ? undefined : element;
  if (!isJsonObject(element)) return undefined;
  const identity = keys.map((key) => [key, getOwn(element, key)] as const);
  return identity.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(identity);
}

/** Teaches the validator the keywords that json-schema.ts emits, and Kubernetes' formats. */
export function addKubernetesKeywords(ajv: Ajv): void {
  ajv.addKeyword({ keyword: emptyKeyword, schemaType: 'boolean' });
  ajv.addKeyword({
    keyword: uniqueKeyword,
    type: 'array',
    schemaType: 'array',
    errors: 'full',
    validate: keyword((keys, list, path) => duplicates(keys as string[], list as unknown[], path)),
  });
  ajv.addKeyword({
    keyword: quantityKeyword,
    type: ['string', 'number'],
    schemaType: 'boolean',
    errors: true,
    validate: keyword((_, value) =>
      parseQuantity(String(value)) === undefined ? [{ keyword: quantityKeyword, params: {} }] : [],
    ),
  });
  ajv.addKeyword({
    keyword: integerKeyword,
    type: 'number',
    schemaType: 'string',
    errors: true,
    validate: keyword((wanted, value) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? [{ keyword: integerKeyword, params: { wanted } }] : [],
    ),
  });
  ajv.addKeyword({
    keyword: shallowKeyword,
    type: ['object', 'array'],
    schemaType: 'boolean',
    errors: true,
    validate: keyword((_, value) => (isDeeperThan(value, maxDepth) ? [{ keyword: shallowKeyword, params: {} }] : [])),
  });
  for (const [name, validate] of Object.entries(stringFormats)) ajv.addFormat(name, { type: 'string', validate });
  for (const [name, validate] of Object.entries(numberFormats)) ajv.addFormat(name, { type: 'number', validate });
}
