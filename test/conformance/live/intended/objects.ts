/** In writes of objects. */
import { of, type Intended } from '../intention.ts';

const kindByPath = 'the path determines kind and version, as for built-in kinds';
const ofDomain = 'a rule of the domain, which a schema cannot express';

export const objectDifferences: readonly Intended[] = [
  {
    steps: /[Tt]able/,
    fields: [/\.cells\.\d+$/],
    why: 'a computed column: a CustomResourceDefinition can show fields only',
  },
  {
    steps: [
      ...of('replacements', 'no resourceVersion', 'an empty resourceVersion', 'a resourceVersion of 0'),
      ...['merge patches: a resourceVersion of 0', 'merge patches: no resourceVersion', 'JSON patches: replace all'],
      'recorded: create, read, replace, delete: put without resourceVersion',
    ],
    codes: [422, 200],
    why: 'an update without resourceVersion is allowed, as for built-in kinds that allow it: spec 2, Object metadata',
  },
  {
    steps: ['kinds and versions of bodies: no version', 'kinds and versions of bodies: neither'],
    codes: [400, 201],
    why: kindByPath,
  },
  { steps: ['kinds and versions of bodies: no kind'], codes: [400, 409], why: kindByPath },
  { steps: ['bodies of creations: an empty object'], codes: [400, 422], why: kindByPath },
  { steps: ['recorded: names and metadata: no kind'], codes: [400, 201], why: kindByPath },
  { steps: ['recorded: names and metadata: clean up what needs no kind'], codes: [404, 200], why: kindByPath },
  { steps: ['replacements: an empty object'], fields: ['body.message'], why: kindByPath },
  {
    steps: [
      ...of('kinds and versions of bodies', 'another kind', 'a kind that is none', 'a list'),
      'recorded: names and metadata: other kind',
    ],
    codes: [422, 400],
    why: 'as for built-in kinds: an object of another kind is not decoded',
  },
  {
    steps: ['kinds and versions of bodies: put of another kind'],
    codes: [404, 400],
    why: 'as for built-in kinds: an object of another kind is not decoded',
  },
  {
    steps: [
      'kinds and versions of bodies: merge of another kind',
      'kinds and versions of bodies: merge of another version',
    ],
    codes: [404, 422],
    why: 'a wrong kind or version is reported even if the object does not exist, as for a PUT',
  },
  {
    steps: ['JSON patches: another kind', 'JSON patches: another version'],
    fields: ['body.message', 'body.details'],
    why: 'the answer has the kind of the object, not the kind of the request',
  },
  {
    steps: ['kinds and versions of bodies: another version'],
    fields: ['headers.warning'],
    why: 'the fields of a kind that is not decoded are not validated: "unknown field spec" would be wrong',
  },
  {
    steps: [
      ...of(
        'kinds and versions of bodies',
        'a version that is none',
        'a number as the version',
        'a number as the kind',
      ),
      ...of('names', 'text as metadata', 'a list as metadata'),
      ...of(
        'bodies of creations',
        'null',
        'a list',
        'a text',
        'a number',
        'cut off',
        'a comma too many',
        'something after it',
        'two objects',
      ),
      ...of(
        'bodies of creations',
        'YAML as JSON',
        'a control character',
        'deeply nested',
        'YAML with an error',
        'empty YAML',
      ),
      ...['replacements: null', 'encodings: a compressed body', 'types of patches: a merge of YAML'],
      ...of('merge patches', 'null', 'a list', 'a text', 'empty', 'cut off', 'something after it'),
      ...of('JSON patches', 'a path that is a number', 'an object', 'a text', 'empty', 'cut off'),
      ...of(
        'options of deletions',
        'text as preconditions',
        'text as gracePeriodSeconds',
        'another kind',
        'cut off',
        'a list',
      ),
      ...['deletions of collections: a wrong continue', 'pages of lists: a wrong continue', 'scale: empty'],
      ...of('scale', 'put of another kind', 'put of another version', 'put with an unknown field, strictly'),
      ...of('recorded: bodies', 'malformed', 'an array', 'a string'),
      ...of('recorded: patches', 'malformed merge', 'merge that is an array', 'json not an array'),
      ...['recorded: lists: absurd continue', 'recorded: lists: an object form for a list'],
      ...of('apply: bodies that are no configuration', 'YAML with an error', 'two documents'),
    ],
    fields: ['body.message'],
    why: 'the text: our messages say where the error is, and name no types and files of Go programs',
  },
  {
    steps: /^(mutating webhooks|policies that change objects): a patch that does not fit$/,
    fields: ['body.message', 'body.details.causes.0.message'],
    why: 'the text comes from the patch library',
  },
  { steps: ['bodies of creations: protobuf'], codes: [0, 415], why: 'kube-apiserver breaks the connection' },
  {
    steps: ['bodies of creations: YAML of two documents'],
    codes: [409, 400],
    why: 'otherwise the second document would be ignored silently',
  },
  {
    steps: ['bodies of creations: half a surrogate'],
    fields: ['body.spec.label.name'],
    why: 'a text is stored as it was sent; clients replace invalid characters',
  },
  { steps: ['names: of 253 letters'], codes: [201, 422], why: ofDomain },
  { steps: ['names: of 254 letters'], fields: ['body.message', 'body.details.causes'], why: ofDomain },
  { steps: ['merge patches: a list replaced'], codes: [200, 422], why: ofDomain },
  {
    steps: ['apply: lists with keys merge item by item: null as a key'],
    fields: ['body.message', 'body.details.causes'],
    why: 'null counts as absent in all writes, and errors of the domain are reported together with those of the schema',
  },
  {
    steps: ['metadata that servers set: a resourceVersion'],
    codes: [201, 400],
    why: 'spec 7; without dryRun, kube-apiserver answers with 500',
  },
  {
    steps: ['metadata that servers set: a resourceVersion of 0'],
    fields: ['body.metadata.resourceVersion'],
    kubernetes: { 'body.metadata.resourceVersion': '0' },
    why: 'an object that is not stored has no resourceVersion',
  },
  {
    steps: ['options of deletions: ignoreStoreReadErrorWithClusterBreakingPotential'],
    codes: [409, 200],
    why: 'the option is for objects that kube-apiserver cannot decrypt; this one can be read',
  },
  { steps: ['JSON patches: copy what is not there'], codes: [200, 422], why: 'RFC 6902: the copied value must exist' },
];
