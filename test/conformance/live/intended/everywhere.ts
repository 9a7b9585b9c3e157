/** In all answers. */
import type { Intended } from '../intention.ts';

const everywhere = /./;
const unacceptable = 'only the following media types are accepted: application/json, application/yaml';
const unsupported =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml';
const noMethod = 'the server does not allow this method on the requested resource';
const notFound = 'the server could not find the requested resource';
const noSuchPath = ['404 page not found', ''];
const unsupportedPatch =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
const badPatch = 'the server rejected our request due to an error in our request';

export const generalDifferences: readonly Intended[] = [
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
];
