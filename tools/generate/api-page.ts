import type { KubedirectorDocument } from './document.ts';

type Schema = Readonly<Record<string, unknown>>;

const ours = 'com.hpe.kubedirector.v1beta1.';

const head = `# API

The group \`kubedirector.hpe.com\`, version \`v1beta1\`. This page is made from the schemas in [openapi/](../../openapi/kubedirector/README.md)
by \`npm run generate\`. \`kubectl explain kdcluster.spec.roles\` prints the same for the server that you use. The meaning of
fields is explained in [concepts](../concepts.md) and [operations](../operations.md).
`;

/** The page of all kinds: those that are served first, then the types that they are made of, by name. */
export function apiPage({ schemas, resources }: KubedirectorDocument): string {
  const names = Object.keys(schemas)
    .filter((name) => name.startsWith(ours))
    .map((name) => name.slice(ours.length));
  const served = names.filter((name) => name in resources);
  const parts = names.filter((name) => !(name in resources)).toSorted();
  const sections = [...served, ...parts].map((name) =>
    section(name, asSchema(schemas[`${ours}${name}`]), asSchema(resources[name])),
  );
  return `${head}${sections.join('')}`;
}

function section(name: string, schema: Schema, resource: Schema): string {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'].map(String) : []);
  const rows = Object.entries(asSchema(schema['properties'])).map(([field, property]) =>
    row(field, asSchema(property), required.has(field)),
  );
  const table = rows.length === 0 ? '' : `\n| field | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
  return `\n## ${name}\n\n${text(schema['description'])}\n${servedAs(resource)}${valuesOf(schema)}${table}`;
}

function servedAs({ plural, shortNames }: Schema): string {
  if (typeof plural !== 'string') return '';
  const short = Array.isArray(shortNames) && shortNames.length > 0 ? `, short ${shortNames.map(code).join(', ')}` : '';
  return `\nResource: ${code(plural)}${short}.\n`;
}

function row(field: string, property: Schema, isRequired: boolean): string {
  const values = valuesOf(property).trim();
  const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern']
    .filter((key) => property[key] !== undefined)
    .map((key) => `${key} ${code(String(property[key]))}`);
  const fallback = property['default'] === undefined ? [] : [`default ${code(JSON.stringify(property['default']))}`];
  const more = [...limits, ...fallback].join(', ');
  const said = [text(property['description']), values, more === '' ? '' : `(${more})`].filter((part) => part !== '');
  return `| ${code(field)}${isRequired ? ' *' : ''} | ${typeOf(property)} | ${said.join(' ')} |`;
}

/** A type in words, with a link if it is described on this page. */
function typeOf(schema: Schema): string {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    const name = reference.split('/').at(-1) ?? '';
    return name.startsWith(ours)
      ? `[${name.slice(ours.length)}](#${name.slice(ours.length).toLowerCase()})`
      : (name.split('.').at(-1) ?? '');
  }
  if (schema['type'] === 'array') return `list of ${typeOf(asSchema(schema['items']))}`;
  const values = schema['additionalProperties'];
  if (schema['type'] === 'object' && typeof values === 'object') return `map of ${typeOf(asSchema(values))}`;
  const format = typeof schema['format'] === 'string' ? ` (${schema['format']})` : '';
  return `${typeof schema['type'] === 'string' ? schema['type'] : 'any'}${format}`;
}

function referenceOf(schema: Schema): string | undefined {
  const [only] = Array.isArray(schema['allOf']) ? (schema['allOf'] as unknown[]) : [schema];
  const { $ref } = asSchema(only);
  return typeof $ref === 'string' ? $ref : undefined;
}

function valuesOf(schema: Schema): string {
  const { enum: values } = schema;
  return Array.isArray(values) ? `\nOne of ${values.map((value) => code(String(value))).join(', ')}.\n` : '';
}

const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
const code = (value: unknown): string => `\`${String(value).replaceAll('|', '\\|')}\``;
const text = (value: unknown): string =>
  (typeof value === 'string' ? value : '')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('{', '&#123;')
    .replaceAll(/\s+/g, ' ');
