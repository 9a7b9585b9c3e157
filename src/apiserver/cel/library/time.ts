/** Timestamps and durations. Source: cel-go/common/types, Go's time.ParseDuration and RFC 3339 */
import { CelError } from '../errors.ts';
import { FunctionTable, kinds } from '../functions.ts';
import { Duration, Timestamp } from '../values.ts';

const { duration, string, timestamp } = kinds;
const units: Readonly<Record<string, bigint>> = {
  ...{ ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n },
  ...{ s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n },
};
const second = 1_000_000_000n;
const millisecond = 1_000_000n;

/** "1h30m". @throws CelError */
export function parseDuration(text: string): Duration {
  const wrong = new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return new Duration(0n);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) throw wrong;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = units[unit] ?? 1n;
    nanos += BigInt(whole || '0') * scale;
    if (fraction !== '') nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  if (nanos >= 2n ** 63n) throw wrong;
  return new Duration(sign === '-' ? -nanos : nanos);
}

/** RFC 3339. @throws CelError */
export function parseTimestamp(text: string): Timestamp {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const [, time = '', fraction = '', zone = ''] = found ?? [];
  const at = found === null ? NaN : Date.parse(`${time}${zone}`);
  if (Number.isNaN(at) || new Date(`${time}Z`).toISOString().slice(0, 19) !== time) {
    const as = `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00"`;
    throw new CelError(`${as}: cannot parse ${JSON.stringify(text)} as "2006"`);
  }
  return new Timestamp(BigInt(at) * millisecond + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
}

/** As Go prints RFC3339Nano. */
export function timestampText({ nanos }: Timestamp): string {
  const below = ((nanos % second) + second) % second;
  const text = new Date(Number((nanos - below) / millisecond)).toISOString().slice(0, 19);
  return `${text}${below === 0n ? '' : `.${String(below).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

/** Seconds with a fraction: "90s", "0.5s". */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % second)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / second}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** The parts of a time in a zone: "UTC", "America/New_York", "-08:00". @throws CelError */
function localDate({ nanos }: Timestamp, zone = 'UTC'): Date {
  const below = ((nanos % millisecond) + millisecond) % millisecond;
  const milliseconds = Number((nanos - below) / millisecond);
  const [, sign, hours = '', minutes = ''] = /^([+-]?)(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (hours !== '') {
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(milliseconds + (sign === '-' ? -offset : offset));
  }
  if (zone === 'UTC' || zone === '') return new Date(milliseconds);
  try {
    const options = { timeZone: zone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' } as const;
    const text = new Intl.DateTimeFormat('sv-SE', options).format(milliseconds).replace(' ', 'T');
    return new Date(Date.parse(`${text}Z`) + (((milliseconds % 1000) + 1000) % 1000));
  } catch (cause) {
    throw new CelError(`unknown time zone ${zone}`, { cause });
  }
}

const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

/** getFullYear() and the others. */
export const times = new FunctionTable();
for (const [name, part] of Object.entries(parts)) {
  times
    .add(`.${name}`, [timestamp], (time) => BigInt(part(localDate(time))))
    .add(`.${name}`, [timestamp, string], (time, zone) => BigInt(part(localDate(time, zone))));
}
times
  .add('.getHours', [duration], ({ nanos }) => nanos / (3600n * second))
  .add('.getMinutes', [duration], ({ nanos }) => nanos / (60n * second))
  .add('.getSeconds', [duration], ({ nanos }) => nanos / second)
  .add('.getMilliseconds', [duration], ({ nanos }) => nanos / millisecond);
