// Takes what Kubernetes' protobuf form needs to know out of the Go types: of every kind of openapi/kubernetes/schemas.json
// that a request body may hold, and of what these kinds consist of, each field's number, JSON name and type. Writes
// openapi/kubernetes/protobuf.json. Run it after tools/import-kubernetes.js.
//
//   node tools/import-protobuf.js API APIMACHINERY     the modules k8s.io/api and k8s.io/apimachinery, of the same release
//
// A field's `form` is how Go holds it: value, pointer, list, map (keys are always strings), or inline (a message whose
// fields stand in its owner's place in JSON). `zero` is true where JSON shows a value even when it is zero.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const [api, apimachinery] = process.argv.slice(2);
if (api === undefined || apimachinery === undefined) {
  throw new Error('usage: node tools/import-protobuf.js API APIMACHINERY');
}

const meta = 'k8s.io/apimachinery/pkg/apis/meta/v1';
/** Types whose JSON is not that of their fields; the decoder knows them by these names. */
const special = {
  'k8s.io/api/authentication/v1.ExtraValue': 'ExtraValue',
  'k8s.io/api/authorization/v1.ExtraValue': 'ExtraValue',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'Quantity',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'RawExtension',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'IntOrString',
  [`${meta}.FieldsV1`]: 'FieldsV1',
  [`${meta}.MicroTime`]: 'MicroTime',
  [`${meta}.Time`]: 'Time',
};
const scalars = ['bool', 'bytes', 'int32', 'int64', 'string'];
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const deleteOptions = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

const packages = new Map();
const messages = {};

/** The declarations of a Go package: name → its text, and the imports of the file it stands in. */
function packageOf(path) {
  const known = packages.get(path);
  if (known !== undefined) return known;
  const [, module, below] = /^k8s\.io\/(api|apimachinery)\/(.*)$/.exec(path);
  const directory = join(module === 'api' ? api : apimachinery, below);
  const declarations = new Map();
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.go') || /_test\.go$|generated/.test(file)) continue;
    const source = readFileSync(join(directory, file), 'utf8');
    const imports = new Map(
      [...source.matchAll(/^(?:import)?\s+(\w+ )?"(k8s\.io\/[^"]+)"$/gm)].map(([, alias, target]) => [
        alias?.trim() ?? target.slice(target.lastIndexOf('/') + 1),
        target,
      ]),
    );
    for (const [, name, struct, other] of source.matchAll(/^type (\w+) (?:struct \{\n([^]*?)\n\}|([^\s{]+)$)/gm)) {
      declarations.set(name, { path, imports, struct, other });
    }
  }
  packages.set(path, declarations);
  return declarations;
}

/** What a Go type text means in a file: a scalar, a message, or a list or map of them. */
function typeOf(text, file) {
  if (text === '[]byte') return { form: 'value', type: 'bytes' };
  if (scalars.includes(text) && text !== 'bytes') return { form: 'value', type: text };
  const [, key, element] = /^(?:\*|\[\]|map\[([\w.]+)\])(.+)$/.exec(text) ?? [];
  if (element !== undefined) {
    const inner = typeOf(element, file);
    if (inner.form !== 'value') throw new Error(`no rule for the type ${text}`);
    if (key !== undefined && typeOf(key, file).type !== 'string') throw new Error(`no rule for the key of ${text}`);
    return { form: text.startsWith('*') ? 'pointer' : key === undefined ? 'list' : 'map', type: inner.type };
  }
  const [, alias, name] = /^(?:(\w+)\.)?(\w+)$/.exec(text);
  const path = alias === undefined ? file.path : file.imports.get(alias);
  if (`${path}.${name}` in special) return { form: 'value', type: special[`${path}.${name}`] };
  const declaration = packageOf(path).get(name);
  if (declaration === undefined) throw new Error(`no type ${path}.${name}`);
  return declaration.struct === undefined ? typeOf(declaration.other, declaration) : message(path, name, declaration);
}

function message(path, name, declaration) {
  const type = `${path.replace(/^k8s\.io/, 'io.k8s').replaceAll('/', '.')}.${name}`;
  if (type in messages) return { form: 'value', type };
  messages[type] = [];
  // The wire type and label in a tag may be wrong (SecretVolumeSource.defaultMode); the Go type decides.
  const line = /^\t(?:(\w+) +)?([^\s/]\S*) +`json:"([^"]*)"[^`\n]* protobuf:"\w+,(\d+),/gm;
  for (const [, field, goType, json, number] of `\n${declaration.struct}`.matchAll(line)) {
    const { form, type: fieldType } = typeOf(goType, declaration);
    const [jsonName, ...options] = json.split(',');
    if (jsonName === '' && field !== undefined) throw new Error(`${type}.${field} has no name`);
    messages[type].push({
      number: Number(number),
      name: jsonName,
      type: fieldType,
      form: jsonName === '' ? 'inline' : form,
      zero: form === 'value' && !options.includes(scalars.includes(fieldType) ? 'omitempty' : 'omitzero'),
    });
  }
  if (messages[type].length !== (declaration.struct.match(/^\t[^/\n]*`.*protobuf:"/gm) ?? []).length) {
    throw new Error(`not every field of ${type} was understood`);
  }
  return { form: 'value', type };
}

const { schemas } = JSON.parse(readFileSync('openapi/kubernetes/schemas.json', 'utf8')).components;
const isObject = ({ properties }) => JSON.stringify(properties?.metadata ?? {}).includes(`/${objectMeta}"`);
const isBody = (name) => 'x-kubernetes-group-version-kind' in schemas[name] && isObject(schemas[name]);
for (const kind of [...Object.keys(schemas).filter(isBody), deleteOptions]) {
  const dot = kind.lastIndexOf('.');
  const path = `k8s.io/${kind.slice('io.k8s.'.length, dot).replaceAll('.', '/')}`;
  typeOf(kind.slice(dot + 1), { path });
}

const sorted = Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1));
const texts = sorted.map(
  ([name, fields]) => `${JSON.stringify(name)}: [\n${fields.map((field) => JSON.stringify(field)).join(',\n')}\n]`,
);
writeFileSync('openapi/kubernetes/protobuf.json', `{\n${texts.join(',\n')}\n}\n`);
