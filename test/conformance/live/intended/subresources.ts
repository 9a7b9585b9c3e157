/** In the status and scale of objects. */
import { of, type Intended } from '../intention.ts';

export const subresourceDifferences: readonly Intended[] = [
  {
    steps: /^(scale: |webhooks of .*: a change of its scale$)/,
    fields: ['headers.warning'],
    kubernetes: { 'headers.warning': undefined },
    why: 'who changes the spec of a cluster is told what happens to its members',
  },
  {
    steps: ['status: strategic merge', 'scale: strategic merge', 'types of patches: strategic merge'],
    codes: [415, 200],
    why: 'strategic merge patches are accepted: spec 2, Patch',
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
];
