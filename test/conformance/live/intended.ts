/** Where ours answers otherwise than a custom resource, on purpose. Each entry must be seen, and nothing else may be. */
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
const kindByPath = 'the path tells kind and version, as for built-in kinds';
const ofDomain = 'a rule of the domain, which a schema cannot express';
const badPatch = 'the server rejected our request due to an error in our request';

const of = (scenario: string, ...steps: readonly string[]): string[] => steps.map((step) => `${scenario}: ${step}`);

export const intended: readonly Intended[] = [
  {
    steps: everywhere,
    fields: ['headers.x-content-type-options'],
    ours: { 'headers.x-content-type-options': 'nosniff' },
    why: 'browsers must not take an error, which may repeat what was sent, for something else',
  },
  {
    steps: everywhere,
    fields: ['headers.cache-control'],
    way: 'aggregated',
    ours: { 'headers.cache-control': 'no-cache, private, no-cache, private' },
    why: 'kube-apiserver adds its own to that of every aggregated server',
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
    why: 'the error of an Accept header that cannot be met is written as all others are',
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
    why: 'as for built-in kinds: the path is not there, whatever the object is',
  },
  {
    steps: everywhere,
    fields: ['body.message'],
    kubernetes: { 'body.message': badPatch },
    why: 'it says which operation of the patch cannot be done, and why',
  },
  ...([400, 406, 413, 422] as const).map((code): Intended => ({
    steps: everywhere,
    codes: [500, code],
    why: 'kube-apiserver blames itself for what the client has sent; the client can do something about it',
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
    why: 'kind and version are told to be wrong whether the object is there or not, as to who puts it',
  },
  {
    steps: ['JSON patches: another kind', 'JSON patches: another version'],
    fields: ['body.message', 'body.details'],
    why: 'the answer names the object by the kind that it has, not by the one that was sent',
  },
  {
    steps: ['kinds and versions of bodies: another version'],
    fields: ['headers.warning'],
    why: 'the fields of a kind that is not decoded are not judged: "unknown field spec" would be wrong',
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
    why: 'the words: ours tell where the error is, and name no types and files of Go programs',
  },
  {
    steps: /^forms of .*PartialObjectMetadata/,
    fields: ['body.message', /^body\.0\.message$/],
    why: 'the words: ours name no types of Go programs',
  },
  {
    steps: /^(mutating webhooks|policies that change objects): a patch that does not fit$/,
    fields: ['body.message', 'body.details.causes.0.message'],
    why: 'the words are those of the patch library',
  },
  {
    steps: [...['replacements: another uid', 'scale: put with a wrong uid']],
    fields: ['body.message'],
    why: 'ours do not show the keys of the store',
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
    why: 'the second document would be ignored in silence',
  },
  {
    steps: ['bodies of creations: half a surrogate'],
    fields: ['body.spec.label.name'],
    why: 'a text is kept as it was sent; those who read it replace what is no character',
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
    why: 'who asks for YAML gets the error as YAML, as other errors',
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
    why: 'kube-apiserver serves documents as files: parts of them, and their age, are of no use to anybody',
  },
  {
    steps: /^OpenAPI: (the group as (YAML|text)|a (version|group) that is not there)$/,
    fields: ['headers.content-type', /^body$/, 'form'],
    why: 'spec 2: errors are always a Status; kube-apiserver sends nothing',
  },
  {
    steps: ['OpenAPI: the group, with a wrong hash'],
    codes: [301, 200],
    why: 'kube-apiserver answers with 502 where an aggregated server redirects',
  },
  { steps: /^(OpenAPI|discovery): .* by (POST|DELETE)$/, codes: [200, 405], why: 'documents cannot be written' },
  {
    steps: ['OpenAPI: a slash at its end'],
    codes: [404, 200],
    way: 'direct',
    why: 'a slash at the end is of no meaning, as with discovery',
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
    why: 'the forms that are accepted are all told',
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
    why: 'none is told as 0, so that scripts find a number',
  },
  {
    steps: ['scale: put of a negative number', 'scale: merge of a negative number'],
    fields: ['body.message', 'body.details'],
    why: 'as for built-in kinds: the Scale is what is wrong, and told once',
  },
  {
    steps: ['put of a text', 'put of half a member', 'put beyond 32 bits'].map((one) => `scale: ${one}`),
    codes: [400, 422],
    why: 'it says which field is wrong; kube-apiserver says that it does not know the kind Scale',
  },
  { steps: ['scale: apply'], codes: [500, 200], why: 'a scale can be applied, as for built-in kinds' },
  { steps: ['scale: watch'], fields: ['body.spec.replicas'], why: 'what the step before has applied' },
  { steps: ['names: of 253 letters'], codes: [201, 422], why: ofDomain },
  { steps: ['names: of 254 letters'], fields: ['body.message', 'body.details.causes'], why: ofDomain },
  { steps: ['merge patches: a list replaced'], codes: [200, 422], why: ofDomain },
  {
    steps: ['apply: lists with keys merge item by item: null as a key'],
    fields: ['body.message', 'body.details.causes'],
    why: 'null counts as absent in all writes, and the rules of the domain are told together with those of the schema',
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
    why: 'what is not stored has no resourceVersion',
  },
  {
    steps: ['options of deletions: ignoreStoreReadErrorWithClusterBreakingPotential'],
    codes: [409, 200],
    why: 'the option is for objects that kube-apiserver cannot decrypt; this one can be read',
  },
  { steps: ['JSON patches: copy what is not there'], codes: [200, 422], why: 'RFC 6902: what is copied must be there' },
  {
    steps: ['methods and paths: dots', 'methods and paths: encoded dots', 'methods and paths: no UTF-8'],
    codes: [404, 400],
    why: 'no object can have such a name',
  },
  {
    steps: ['methods and paths: an encoded slash'],
    codes: [404, 400],
    way: 'direct',
    why: 'a name is one part of a path; kube-apiserver takes it for two',
  },
  {
    steps: ['methods and paths: an encoded null'],
    fields: ['body.message'],
    why: 'the words: the character is written as JSON writes it',
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
    why: 'kube-apiserver drops what it cannot read of a query: a DELETE would lose its selector',
  },
  {
    steps: ['methods and paths: a proxy path'],
    codes: [405, 404],
    why: 'as for built-in kinds: the path is not there',
  },
];
