/**
 * How Go spells values within path elements. In FieldsV1 it is JSON as json-iterator writes it in the manner of the
 * standard library; in messages it is fmt's %v and %q.
 */
import { isJsonObject } from '../../../meta/json.ts';
import { compareUtf8 } from '../../../meta/utf8-order.ts';
import { presentKeys } from './value.ts';

// eslint-disable-next-line no-control-regex -- these are what JSON escapes
const escapedInNames = /["\\\u0000-\u001f]/g;
// eslint-disable-next-line no-control-regex -- these are what JSON escapes, and what would end a script in HTML
const escapedInValues = /["\\\u0000-\u001f<>&\u2028\u2029]/g;
const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escaped(text: string, special: RegExp): string {
  return text.replace(special, (character) => shortEscapes[character] ?? unicodeEscape(character));
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The name of a key's field, as JSON. */
export function nameJson(name: string): string {
  return `"${escaped(name, escapedInNames)}"`;
}

/** A value as JSON: names of objects sorted, characters with a meaning in HTML escaped. */
export function valueJson(value: unknown): string {
  if (typeof value === 'string') return `"${escaped(value, escapedInValues)}"`;
  // JavaScript and json-iterator change to an exponent at the same sizes.
  if (typeof value === 'number') return numberJson(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(valueJson).join(',')}]`;
  if (!isJsonObject(value)) return 'null';
  const names = presentKeys(value).sort(compareUtf8);
  return `{${names.map((name) => `${valueJson(name)}:${valueJson(value[name])}`).join(',')}}`;
}

function numberJson(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A float64 as fmt's %v prints it: with an exponent from a million on, and below a ten-thousandth. */
export function floatText(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return numberJson(value);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${digits}e${power < 0 ? '-' : '+'}${size}`;
}

/** A number as fmt's %v prints it where JSON had it: whole numbers are integers. */
export function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value).toString() : floatText(value);
}
