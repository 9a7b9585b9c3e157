/** In the forms of answers, in documents, and about paths. */
import type { Intended } from '../intention.ts';

export const requestDifferences: readonly Intended[] = [
  {
    steps: /^forms of .*PartialObjectMetadata/,
    fields: ['body.message', /^body\.0\.message$/],
    why: 'the text: our messages name no types of Go programs',
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
