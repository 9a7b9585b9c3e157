/** Takes secrets out of what the API says of a request: error messages quote what was wrong. */
import { isJsonObject } from '../../meta/json.ts';
import { escaped, redacted, type SecretFields } from './secret-fields.ts';

/** What is quoted may be cut off within a secret: so much of its beginning tells it. */
const tellingLength = 6;
/** A shorter secret is part of many words: it is looked for in quotes only. */
const shortest = 4;

/**
 * @param secrets that the request brought with it
 * @returns the text without them, plain or quoted, and without fields that hold a secret
 */
export function scrubText(text: string, secrets: ReadonlySet<string>, fields: SecretFields): string {
  let result = text;
  for (const form of [...secrets].flatMap(formsOf).sort((a, b) => b.length - a.length)) {
    result = result.replaceAll(form, redacted);
    const begun = form.length > tellingLength ? result.indexOf(`"${form.slice(0, tellingLength)}`) : -1;
    if (begun >= 0) result = `${result.slice(0, begun + 1)}${redacted}`;
  }
  return fields.isMentioned(result) ? withoutFields(result, fields.names) : result;
}

/** The same of every string in a value. */
export function scrubTexts(value: unknown, secrets: ReadonlySet<string>, fields: SecretFields): unknown {
  if (typeof value === 'string') return scrubText(value, secrets, fields);
  if (Array.isArray(value)) return value.map((item) => scrubTexts(item, secrets, fields));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, scrubTexts(field, secrets, fields)]));
}

/** As it is, as JSON quotes it, and as JSON quotes JSON. */
function formsOf(secret: string): string[] {
  if (secret === '') return [];
  if (secret.length < shortest) return [JSON.stringify(secret), JSON.stringify(JSON.stringify(secret)).slice(1, -1)];
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, quoted, JSON.stringify(quoted).slice(1, -1)])];
}

/** `"name":"…"` at whatever depth of quoting; where the end of it can't be made out, to the end of the text. */
function withoutFields(text: string, names: readonly string[]): string {
  let result = text;
  for (const name of names) {
    const opening = new RegExp(`(\\\\*")${escaped(name)}\\1\\s*:\\s*\\1`, 'gi');
    for (let found = opening.exec(result); found !== null; found = opening.exec(result)) {
      const start = found.index + found[0].length;
      const end = endOfString(result, start, (found[1] ?? '"').length - 1);
      result = `${result.slice(0, start)}${redacted}${result.slice(end)}`;
      opening.lastIndex = start + redacted.length;
    }
  }
  return result;
}

/** @param depth backslashes before the quotes of the string; a quote with more of them is part of it */
function endOfString(text: string, start: number, depth: number): number {
  const quote = /(\\*)"/g;
  quote.lastIndex = start;
  for (let found = quote.exec(text); found !== null; found = quote.exec(text)) {
    if ((found[1] ?? '').length <= depth) return found.index;
  }
  return text.length;
}
