/** The intended differences from a custom resource. Each entry must occur, and no other difference may occur. */
import type { Intended } from './intention.ts';

const everywhere = /./;
const unacceptable = 'only the following media types are accepted: application/json, application/yaml';
const unsupported =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml';
const noMethod = 'the server does not allow this method on the requested resource';
const notFound = 'the server could not find the requested resource';
const noSuchPath = ['404 page not found', ''];
const unsupportedPatch =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
const kindByPath = 'the path determines kind and version, as for built-in kinds';
const ofDomain = 'a rule of the domain, which a schema cannot express';
const badPatch = 'the server rejected our request due to an error in our request';

const of = (scenario: string, ...steps: readonly string[]): string[] => steps.map((step) => `${scenario}: ${step}`);

export const intended: readonly Intended[] = [
  {
    steps: everywhere,
    fields: ['headers.x-content-type-options'],
    ours: { 'headers.x-content-type-options': 'nosniff' },
    why: 'browsers must not interpret an error, which may contain a part of the request, as another type',
  },
  {
    steps: everywhere,
    fields: ['headers.cache-control'],
    way: 'aggregated',
    ours: { 'headers.cache-control': 'no-cache, private, no-cache, private' },
    why: 'kube-apiserver adds its own header to that of every aggregated server',
  },
  {
    steps: everywhere,
    fields: ['headers.vary'],
    ours: { 'headers.vary': 'Accept-Encoding' },
    why: 'RFC 9110: a cache must know that the answer would be compressed for other clients',
  },
  {
    steps: everywhere,
    fields: [/(^|\.)metadata\.continue$/],
    why: 'an empty continue is left out, as in lists of built-in kinds',
  },
  {
    steps: everywhere,
    fields: ['body.message'],
    ours: { 'body.message': unacceptable },
    why: 'no protobuf: spec 2, Answers',
  },
  {
    steps: everywhere,
    fields: ['form'],
    kubernetes: { form: 'indented, no newline at its end' },
    ours: { form: 'compact, newline at its end' },
    why: 'the error for an unsupported Accept header has the same form as all other errors',
  },
  {
    steps: everywhere,
    fields: ['body.message'],
    ours: { 'body.message': unsupported },
    why: 'no protobuf: spec 2, Bodies',
  },
  {
    steps: everywhere,
    fields: [/^body$/, 'form', 'headers.content-type'],
    kubernetes: { body: noSuchPath, form: undefined, 'headers.content-type': 'text/plain; charset=utf-8' },
    ours: { form: 'compact, newline at its end', 'headers.content-type': 'application/json' },
    why: 'spec 2: errors are always a Status, so that every client can read them',
  },
  {
    steps: everywhere,
    fields: ['body.message', 'body.details'],
    ours: { 'body.message': noMethod },
    why: 'as for built-in kinds',
  },
  {
    steps: everywhere,
    fields: ['body.message', 'body.details'],
    ours: { 'body.message': notFound },
    why: 'as for built-in kinds: the path does not exist for any object',
  },
  {
    steps: everywhere,
    fields: ['body.message'],
    kubernetes: { 'body.message': badPatch },
    why: 'the message says which operation of the patch fails, and why',
  },
  ...([400, 406, 413, 422] as const).map((code): Intended => ({
    steps: everywhere,
    codes: [500, code],
    why: 'kube-apiserver reports an internal error, but the request is wrong, and the client can correct it',
  })),
  {
    steps: everywhere,
    fields: ['body.message'],
    ours: { 'body.message': unsupportedPatch },
    why: 'strategic merge patches are accepted: spec 2, Patch',
  },
  {
    steps: ['status: strategic merge', 'scale: strategic merge', 'types of patches: strategic merge'],
    codes: [415, 200],
    why: 'strategic merge patches are accepted: spec 2, Patch',
  },
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
    steps: /^forms of .*PartialObjectMetadata/,
    fields: ['body.message', /^body\.0\.message$/],
    why: 'the text: our messages name no types of Go programs',
  },
  {
    steps: /^(mutating webhooks|policies that change objects): a patch that does not fit$/,
    fields: ['body.message', 'body.details.causes.0.message'],
    why: 'the text comes from the patch library',
  },
  {
    steps: [...['replacements: another uid', 'scale: put with a wrong uid']],
    fields: ['body.message'],
    why: 'our messages do not show the keys of the store',
  },
  {
    steps: [
      ...['merge', 'merge of a field given twice', 'json', 'json with a field given twice'].map(
        (one) => `fieldValidation of patches and replacements: ${one} Strict`,
      ),
      'fieldValidation of patches and replacements: json with an unknown field of its own Strict',
      ...of('merge patches', 'a number as resourceVersion', 'managedFields that are none', 'text as metadata'),
      ...of(
        'apply: managedFields that clients write',
        'with a time that is none',
        'with a number as manager',
        'that are no list',
      ),
      ...['status: strict', 'scale: merge of a text', 'recorded: patches: unknown field strict'],
    ],
    fields: ['body.message', 'body.details'],
    why: 'the answer names the object, and repeats the patch instead of the whole object',
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
  {
    steps: /^(forms of|discovery|options of watches).* protobuf|application\/vnd\.kubernetes\.protobuf/,
    fields: [/^body$/, 'form', 'headers.content-type'],
    kubernetes: { form: undefined, 'headers.content-type': 'application/vnd.kubernetes.protobuf' },
    why: 'no protobuf: spec 2, Answers',
  },
  { steps: /protobuf/, codes: [200, 406], why: 'no protobuf: spec 2, Answers' },
  { steps: ['options of watches: as YAML'], fields: [/^body\.0\.message$/], why: 'no protobuf: spec 2, Answers' },
  {
    steps: /^forms of .*application\/yaml;as=PartialObjectMetadata;/,
    fields: [/^body/, 'form', 'headers.content-type'],
    ours: { 'headers.content-type': 'application/yaml' },
    why: 'if YAML is requested, the error is YAML, as other errors are',
  },
  {
    steps: /^forms of an empty list: .*PartialObjectMetadataList/,
    fields: [/^body(\.0)?\.items$/],
    why: 'an empty list is [], as in lists of whole objects, so that programs can go through it',
  },
  {
    steps: ['encodings: large as *', 'encodings: large as GZIP', 'encodings: large as deflate, gzip;q=0.5'],
    fields: ['headers.content-encoding'],
    why: 'RFC 9110: these accept gzip, too',
  },
  {
    steps: /^OpenAPI: /,
    fields: ['headers.accept-ranges', 'headers.last-modified', 'headers.vary'],
    why: 'kube-apiserver serves documents as files, but ranges and modification times are of no use to clients',
  },
  {
    steps: /^OpenAPI: (the group as (YAML|text)|a (version|group) that is not there)$/,
    fields: ['headers.content-type', /^body$/, 'form'],
    why: 'spec 2: errors are always a Status; kube-apiserver sends nothing',
  },
  {
    steps: ['OpenAPI: the group, with a wrong hash'],
    codes: [301, 200],
    why: 'if an aggregated server redirects, kube-apiserver answers with 502',
  },
  { steps: /^(OpenAPI|discovery): .* by (POST|DELETE)$/, codes: [200, 405], why: 'documents cannot be written' },
  {
    steps: ['OpenAPI: a slash at its end'],
    codes: [404, 200],
    way: 'direct',
    why: 'a slash at the end has no meaning, as in discovery',
  },
  {
    steps: ['discovery: groups', 'discovery: groups as former aggregated discovery'],
    fields: ['headers.vary'],
    way: 'direct',
    ours: { 'headers.vary': 'Accept' },
    why: 'RFC 9110: a cache must know that other clients get another form',
  },
  {
    steps: ['discovery: groups as former aggregated discovery alone', 'discovery: groups as text'],
    fields: ['body.message'],
    way: 'direct',
    why: 'the message lists all accepted media types',
  },
  {
    steps: ['status: put of another kind'],
    codes: [409, 400],
    why: 'as for built-in kinds: an object of another kind is not decoded',
  },
  {
    steps: ['status: merge of a wrong type'],
    fields: ['body.message', 'body.details.causes.0.message'],
    why: 'the field is named with its whole path, as in the rest of the object',
  },
  {
    steps: ['get', 'put of null', 'put without replicas', 'put without a spec'].map((one) => `scale: ${one}`),
    fields: ['body.spec.replicas'],
    ours: { 'body.spec.replicas': 0 },
    why: 'an absent number is 0, so that scripts find a number',
  },
  {
    steps: ['scale: put of a negative number', 'scale: merge of a negative number'],
    fields: ['body.message', 'body.details'],
    why: 'as for built-in kinds: the Scale is not valid, and the error is reported once',
  },
  {
    steps: ['put of a text', 'put of half a member', 'put beyond 32 bits'].map((one) => `scale: ${one}`),
    codes: [400, 422],
    why: 'the message names the wrong field; kube-apiserver says that it does not know the kind Scale',
  },
  { steps: ['scale: apply'], codes: [500, 200], why: 'a scale can be applied, as for built-in kinds' },
  { steps: ['scale: watch'], fields: ['body.spec.replicas'], why: 'the value that the previous step has applied' },
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
  {
    steps: ['methods and paths: dots', 'methods and paths: encoded dots', 'methods and paths: no UTF-8'],
    codes: [404, 400],
    why: 'no object can have such a name',
  },
  {
    steps: ['methods and paths: an encoded slash'],
    codes: [404, 400],
    way: 'direct',
    why: 'a name is one segment of a path; kube-apiserver reads it as two',
  },
  {
    steps: ['methods and paths: an encoded null'],
    fields: ['body.message'],
    why: 'the text: the character is written as in JSON',
  },
  {
    steps: ['methods and paths: a wrong encoding'],
    fields: ['headers', /^body$/, 'form'],
    way: 'direct',
    why: 'spec 2: errors are always a Status',
  },
  {
    steps: ['methods and paths: a query with a wrong encoding', 'methods and paths: a query with a semicolon'],
    codes: [200, 400],
    way: 'direct',
    why: 'kube-apiserver drops parts of a query that it cannot decode, so that a DELETE would lose its selector',
  },
  {
    steps: ['methods and paths: a proxy path'],
    codes: [405, 404],
    why: 'as for built-in kinds: the path does not exist',
  },
];
