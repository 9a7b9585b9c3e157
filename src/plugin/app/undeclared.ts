/** Fields that a schema does not declare, also where it keeps unknown fields: nothing reads them. */
import { isJsonObject } from '../../meta/json.ts';
import type { SchemaNode } from '../../schema/contract.ts';

/** Their paths in document order: "spec.roles[0].readynessProbe". Not looked for in values that may be anything. */
export function undeclaredFields(node: SchemaNode, value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    const items = node.items();
    if (items === undefined) return [];
    return value.flatMap((item, index) => undeclaredFields(items, item, `${path}[${index}]`));
  }
  if (!isJsonObject(value) || !declaresFields(node)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const field = path === '' ? key : `${path}.${key}`;
    const child = node.property(key);
    return child === undefined ? [field] : undeclaredFields(child, member, field);
  });
}

const declaresFields = ({ schema }: SchemaNode): boolean =>
  schema.properties !== undefined || schema.additionalProperties !== undefined || schema.$ref !== undefined;
