/** What selects the objects of a scenario, and how it waits until nothing is in force any longer. */
import { unseen, type LiveRequest } from '../../scenario.ts';

export const api = '/apis/admissionregistration.k8s.io/v1';
export const here = { matchLabels: { 'kubernetes.io/metadata.name': 'NAMESPACE' } };
export const rule = { apiGroups: ['GROUP'], apiVersions: ['*'], operations: ['*'], resources: ['kubedirectorapps'] };

/** Repeated until nothing refuses, changes or warns any longer. @param request a creation as a dry run, of a new name */
export const lifted = (request: LiveRequest): LiveRequest => ({
  ...unseen(request),
  until: ({ status, headers, text }) =>
    status < 300 && headers['warning'] === undefined && !text.includes('"changed":"yes"'),
});
