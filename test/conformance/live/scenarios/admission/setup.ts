/** What selects the objects of a scenario, and how it waits until nothing is in force any longer. */
import { unseen, type LiveRequest } from '../../scenario.ts';

export const api = '/apis/admissionregistration.k8s.io/v1';
export const here = { matchLabels: { 'kubernetes.io/metadata.name': 'NAMESPACE' } };
export const rule = { apiGroups: ['GROUP'], apiVersions: ['*'], operations: ['*'], resources: ['kubedirectorapps'] };

/** Also where nothing is in force, our server tells who changes a cluster what happens to its members. */
const ofMembers = /^299 - "(role|the cluster) /;

/** Repeated until nothing refuses, changes or warns any longer. @param request a creation as a dry run, of a new name */
export const lifted = (request: LiveRequest): LiveRequest => ({
  ...unseen(request),
  until: ({ status, headers: { warning }, text }) =>
    status < 300 && (warning === undefined || ofMembers.test(String(warning))) && !text.includes('"changed":"yes"'),
});
