/**
 * The string and number formats that Kubernetes checks. Other formats only inform the reader.
 * Source: k8s.io/kube-openapi/pkg/validation/strfmt
 */
const dateTimeForm = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?(?:[Zz]|[+-](\d\d):(\d\d))$/;
const durationForm =
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$/;
const base64Form = /^[A-Za-z0-9+/]*={0,2}$/;

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** RFC 3339 section 5.6, with a date that exists. */
export function isDateTime(text: string): boolean {
  const parts = dateTimeForm.exec(text)?.slice(1).map(Number);
  if (!parts) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offsetHour, offsetMinute] = parts;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  return !((offsetHour ?? 0) > 23 || (offsetMinute ?? 0) > 59);
}

/** Standard base64 with its padding; line breaks do not count. */
export function isBase64(text: string): boolean {
  const dense = text.replace(/[\r\n]/g, '');
  return dense.length % 4 === 0 && base64Form.test(dense);
}

/** What Go's time.ParseDuration takes: "300ms", "1h15m30.918s", "0". */
export function isDuration(text: string): boolean {
  return text === '0' || durationForm.test(text);
}

/** The checked formats of strings, by name: true where the text has the format. */
export const stringFormats: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': isDateTime,
  byte: isBase64,
  duration: isDuration,
};

/** The checked formats of numbers, by name. int64 is checked as far as a JavaScript number is exact. */
export const numberFormats: Readonly<Record<string, (value: number) => boolean>> = {
  int32: (value) => value >= -(2 ** 31) && value < 2 ** 31,
  int64: (value) => value >= -(2 ** 63) && value < 2 ** 63,
};
