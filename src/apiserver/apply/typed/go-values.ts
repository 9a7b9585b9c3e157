/** How Go prints a value that is of the wrong type: its messages show it so. */
import { isJsonObject } from '../../../meta/json.ts';
import { compareUtf8 } from '../../../meta/utf8-order.ts';
import { quote } from '../../../meta/go-quote.ts';
import { numberText } from '../fieldpath/index.ts';

/** The type of a decoded JSON value, as fmt's %T prints it. */
export function goType(value: unknown): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (Array.isArray(value)) return '[]interface {}';
  return isJsonObject(value) ? 'map[string]interface {}' : '<nil>';
}

/** As fmt's %v prints it within another value. */
export function goText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isJsonObject(value)) return '<nil>';
  return `map[${sortedEntries(value)
    .map(([key, part]) => `${key}:${goText(part)}`)
    .join(' ')}]`;
}

/** As fmt's %#v prints it within another value. */
export function goSyntax(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isJsonObject(value)) return 'interface {}(nil)';
  const fields = sortedEntries(value).map(([key, part]) => `${quote(key)}:${goSyntax(part)}`);
  return `map[string]interface {}{${fields.join(', ')}}`;
}

function sortedEntries(object: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => compareUtf8(a, b));
}
