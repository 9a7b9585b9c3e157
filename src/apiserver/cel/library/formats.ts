/** Formats with names. Source: k8s.io/apiserver/pkg/cel/library/format.go */
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../../meta/names.ts';
import { isBase64, isDateTime } from '../../../schema/formats.ts';
import { FunctionTable, instances, kinds, matching } from '../functions.ts';
import { Optional, type Opaque } from '../values.ts';
import { urlError } from './urls.ts';

const { string } = kinds;

/** A format. */
class Format implements Opaque {
  readonly celType = 'kubernetes.NamedFormat';
  readonly name: string;
  /** What is wrong with a text. */
  readonly errors: (text: string) => readonly string[];
  /** Length of a regular expression that stands for it, for the cost. */
  readonly size: number;

  constructor(name: string, size: number, errors: (text: string) => readonly string[]) {
    this.name = name;
    this.size = size;
    this.errors = errors;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const unless = (isRight: (text: string) => boolean, message: string) => (text: string) =>
  isRight(text) ? [] : [message];
/** A prefix may end with a dash: something comes after it. */
const prefix = (errors: (text: string) => readonly string[]) => (text: string) => errors(text.replace(/-$/, 'a'));
const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && isDateTime(`${text}T00:00:00Z`);
const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
const uriErrors = (text: string): string[] => {
  const error = urlError(text);
  return error === undefined ? [] : [error];
};

const named: Readonly<Record<string, Format>> = {
  dns1123Label: new Format('DNS1123Label', 30, dns1123LabelErrors),
  dns1123Subdomain: new Format('DNS1123Subdomain', 60, dns1123SubdomainErrors),
  dns1035Label: new Format('DNS1035Label', 30, dns1035LabelErrors),
  qualifiedName: new Format('QualifiedName', 60, qualifiedNameErrors),
  dns1123LabelPrefix: new Format('DNS1123LabelPrefix', 30, prefix(dns1123LabelErrors)),
  dns1123SubdomainPrefix: new Format('DNS1123SubdomainPrefix', 60, prefix(dns1123SubdomainErrors)),
  dns1035LabelPrefix: new Format('DNS1035LabelPrefix', 30, prefix(dns1035LabelErrors)),
  labelValue: new Format('LabelValue', 40, labelValueErrors),
  uri: new Format('URI', 1000, uriErrors),
  uuid: new Format('uuid', 80, unless(isUuid, 'does not match the UUID format')),
  byte: new Format('byte', 80, unless(isBase64, 'invalid base64')),
  date: new Format('date', 140, unless(isDate, 'invalid date')),
  datetime: new Format('datetime', 140, unless(isDateTime, 'invalid datetime')),
};

/** format.dns1123Label() and the others, format.named, and validate. */
export const formats = new FunctionTable()
  .add('format.named', [string], (name) => new Optional(Object.hasOwn(named, name) ? named[name] : undefined))
  .add(
    '.validate',
    [instances(Format), string],
    (format, text) => {
      const errors = format.errors(text);
      return errors.length === 0 ? Optional.none : new Optional(errors);
    },
    ([format, text]) => matching(text, format instanceof Format ? format.size : 1),
  );
for (const [name, format] of Object.entries(named)) formats.add(`format.${name}`, [], () => format);
