/** Removes secrets from messages of the API: error messages quote invalid values. */
import { isJsonObject } from '../../meta/json.ts';
import type { Status, StatusDetails } from '../../meta/status.ts';
import { redacted } from '../request-uri.ts';
import { escaped, type SecretFields } from './secret-fields.ts';

/** A quotation may be cut off within a secret: this many characters of its beginning identify it. */
const tellingLength = 6;
/** Shorter secrets are part of many words, so they are searched only in quotes. */
const shortest = 4;

/** The most characters of a text that is searched; with `maxSecrets` this limits the work. */
const maxText = 32 * 1024;
/** The most secrets of one request that are searched for. */
const maxSecrets = 200;
/** The fixed cost of a text, in characters. */
const textCost = 100;

/**
 * @param secrets that the request brought with it
 * @returns the text without them, plain or quoted, and without fields that hold a secret; nothing of it where it is too
 *          long, or the secrets are too many, to be sure of that in a moment
 */
export function scrubText(text: string, secrets: ReadonlySet<string>, fields: SecretFields): string {
  return withoutForms(text, formsOfAll(secrets), fields);
}

/** @param forms undefined where there are too many */
function withoutForms(text: string, forms: readonly string[] | undefined, fields: SecretFields): string {
  if (text.length > maxText || forms === undefined) return redacted;
  let result = text;
  for (const form of forms) {
    result = result.replaceAll(form, redacted);
    const begun = form.length > tellingLength ? result.indexOf(`"${form.slice(0, tellingLength)}`) : -1;
    if (begun >= 0) result = `${result.slice(0, begun + 1)}${redacted}`;
  }
  return fields.isMentioned(result) ? withoutFields(result, fields.names) : result;
}

/** The same for the message and details of a Status; its other fields are the API's own words. */
export function scrubStatus(status: Status, secrets: ReadonlySet<string>, fields: SecretFields): Status {
  let left = maxText;
  const forms = formsOfAll(secrets);
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') {
      left -= value.length + textCost;
      // Details may have thousands of causes.
      return left < 0 ? redacted : withoutForms(value, forms, fields);
    }
    if (Array.isArray(value)) return value.map(scrub);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, scrub(field)]));
  };
  const { message, details } = status;
  return {
    ...status,
    ...(message === undefined ? {} : { message: String(scrub(message)) }),
    ...(details === undefined ? {} : { details: scrub(details) as StatusDetails }),
  };
}

/** Of all secrets, the longest first; undefined where there are too many. */
function formsOfAll(secrets: ReadonlySet<string>): readonly string[] | undefined {
  if (secrets.size > maxSecrets) return undefined;
  const forms = [...secrets].flatMap((secret) => formsOf(secret.slice(0, maxText)));
  return forms.sort((a, b) => b.length - a.length);
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
  for (const name of names) result = withoutField(result, name);
  return result;
}

/** Reads the text once: it comes from the client, and may be all quotes and backslashes. */
function withoutField(text: string, name: string): string {
  const opening = new RegExp(`"${escaped(name)}(\\\\*)"\\s*:\\s*`, 'gi');
  const parts: string[] = [];
  let done = 0;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const depth = (found[1] ?? '').length;
    const quote = `${'\\'.repeat(depth)}"`;
    const isQuotedAlike = text.endsWith(quote, found.index + 1);
    const start = found.index + found[0].length;
    if (!isQuotedAlike || !text.startsWith(quote, start)) continue;
    const end = endOfString(text, start + quote.length, depth);
    parts.push(text.slice(done, start + quote.length), redacted);
    done = end;
    opening.lastIndex = end;
  }
  return parts.length === 0 ? text : [...parts, text.slice(done)].join('');
}

/** @param depth backslashes before the quotes of the string; a quote with more of them is part of it */
function endOfString(text: string, start: number, depth: number): number {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (first > start && text[first - 1] === '\\') first--;
    if (end - first <= depth) return first;
  }
  return text.length;
}
