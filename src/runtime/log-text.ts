/** Logs for people: one line of text for each. */
import { styleText } from 'node:util';
import { isJsonObject } from '../meta/json.ts';

/** What pino writes for one call: its levels are numbers. */
type Entry = Readonly<Record<string, unknown>>;

type Format = Parameters<typeof styleText>[0];

/** From the highest down. Source: https://getpino.io/#/docs/api?id=loggerlevels-object */
const levels: readonly { from: number; name: string; format: Format }[] = [
  { from: 50, name: 'error', format: 'red' },
  { from: 40, name: 'warning', format: 'yellow' },
  { from: 30, name: '', format: 'reset' },
  { from: 0, name: 'debug', format: 'dim' },
];

/** Characters of a line; what is longer is cut, and ends in "…". */
const longest = 500;

/**
 * "10:42:03 warning: reconcile failed: connection refused (cluster=default/spark)": the local time, the level unless it
 * is info, the message, what the error says without its stack, and the other fields. Never more than one line, and no
 * control characters: what users wrote cannot move the terminal's cursor.
 * @param line one JSON object, as pino writes it; anything else comes back as it is, on one line
 * @param colour whether the line is for a terminal
 */
export function logText(line: string, colour: boolean): string {
  const entry = parsed(line);
  if (entry === undefined) return `${oneLine(line)}\n`;
  const { level, time, msg, error, ...fields } = entry;
  const { name, format } = levels.find(({ from }) => Number(level) >= from) ?? { name: '', format: 'reset' as const };
  const clock = typeof time === 'string' ? localTime(time) : '';
  const said = [msg, errorText(error)].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const more = Object.entries(fields)
    .filter(([key]) => key !== 'component')
    .map(([key, value]) => `${key}=${plain(value)}`);
  const text = oneLine(`${said}${more.length === 0 ? '' : ` (${more.join(', ')})`}`);
  const paint = (how: Format, what: string): string => {
    return colour && what !== '' ? styleText(how, what, { validateStream: false }) : what;
  };
  return [paint('dim', clock), name === '' ? '' : paint(format, `${name}:`), text].filter(Boolean).join(' ') + '\n';
}

function parsed(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // not pino's: shown as it is
  }
}

function localTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toTimeString().slice(0, 8);
}

/** An error's own words; those of its cause are in them where they matter. */
function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!isJsonObject(error)) return '';
  return typeof error['message'] === 'string' ? error['message'] : '';
}

/** A field's value, without the braces and quotes of JSON. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(' ');
  if (!isJsonObject(value)) return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key}:${plain(part)}`)
    .join(' ');
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}
