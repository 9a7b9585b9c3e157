/**
 * The rules for names, label keys and label values. Each check returns what is wrong, in Kubernetes' words; nothing for a
 * good value. Lengths are in bytes. Source:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and k8s.io/apimachinery/pkg/util/validation
 */

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const label1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const keyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

/** `must … (e.g. 'a',  or 'b', regex used for validation is '…')`; the two blanks are Kubernetes' own. */
function formatComplaint(complaint: string, format: string, ...examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}', `).join(' or ');
  return `${complaint} (e.g. ${list}regex used for validation is '${format}')`;
}

const tooLongBy = (value: string, max: number, unit: 'characters' | 'bytes'): string[] =>
  Buffer.byteLength(value) > max ? [`must be no more than ${max} ${unit}`] : [];

// The formats above are tested piece by piece: a regular expression with nested repetition could be made to run long.
const isLabel = (value: string): boolean =>
  value !== '' && !/[^-a-z0-9]/.test(value) && !value.startsWith('-') && !value.endsWith('-');
const isSubdomain = (value: string): boolean => value.split('.').every(isLabel);
const isKeyName = (value: string): boolean =>
  !/[^-A-Za-z0-9_.]/.test(value) && /^[A-Za-z0-9]/.test(value) && /[A-Za-z0-9]$/.test(value.slice(-1));

/** RFC 1123 label: lower case, digits and dashes, up to 63; the form of namespaces. */
export function dns1123LabelErrors(value: string): string[] {
  const errors = tooLongBy(value, 63, 'characters');
  if (isLabel(value)) return errors;
  if (isSubdomain(value)) return [...errors, 'must not contain dots'];
  const complaint =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...errors, formatComplaint(complaint, labelFormat, 'my-name', '123-abc')];
}

function subdomainErrors(value: string, unit: 'characters' | 'bytes'): string[] {
  const errors = tooLongBy(value, 253, unit);
  if (isSubdomain(value)) return errors;
  const complaint =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...errors, formatComplaint(complaint, subdomainFormat, 'example.com')];
}

/** RFC 1123 subdomain: labels joined by dots, up to 253; the form of most objects' names. */
export function dns1123SubdomainErrors(value: string): string[] {
  return subdomainErrors(value, 'characters');
}

/** RFC 1035 label: as an RFC 1123 label, but it begins with a letter; the form of Services' names. */
export function dns1035LabelErrors(value: string): string[] {
  const errors = tooLongBy(value, 63, 'characters');
  if (isLabel(value) && /^[a-z]/.test(value)) return errors;
  const complaint =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...errors, formatComplaint(complaint, label1035Format, 'my-name', 'abc-123')];
}

const keyComplaint =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const keyExamples = ['MyName', 'my.name', '123-abc'];

/** `[subdomain/]name`, the name up to 63; the form of label keys, annotation keys and finalizers. */
export function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    const complaint = formatComplaint(keyComplaint, keyFormat, ...keyExamples);
    return [`a valid label key ${complaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const name = parts.at(-1) ?? '';
  const errors: string[] = [];
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined)
    errors.push(...subdomainErrors(prefix, 'bytes').map((error) => `prefix part ${error}`));
  if (name === '') errors.push('name part must be non-empty');
  errors.push(...tooLongBy(name, 63, 'bytes').map((error) => `name part ${error}`));
  if (!isKeyName(name)) errors.push(`name part ${formatComplaint(keyComplaint, keyFormat, ...keyExamples)}`);
  return errors;
}

/** Empty, or as the name part of a key, up to 63. */
export function labelValueErrors(value: string): string[] {
  const errors = tooLongBy(value, 63, 'bytes');
  if (value === '' || isKeyName(value)) return errors;
  const complaint = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
  return [...errors, formatComplaint(complaint, `(${keyFormat})?`, 'MyValue', 'my_value', '12345')];
}

/** Like Kubernetes' own suffixes: no vowels, so that no word appears by chance, and no characters that look alike. */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` random characters that may end any name. `random` returns [0, 1). */
export function randomSuffix(random: () => number, length = 5): string {
  const pick = (): string => suffixAlphabet.charAt(Math.floor(random() * suffixAlphabet.length));
  return Array.from({ length }, pick).join('');
}

/** `base` and a random suffix; a long base is cut so that the whole stays within the 63 characters of a DNS label. */
export function generateName(base: string, random: () => number): string {
  return base.slice(0, 58) + randomSuffix(random, 5);
}
