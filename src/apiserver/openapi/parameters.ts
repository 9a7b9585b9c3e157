/** The parameters of every verb, as https://kubernetes.io/docs/reference/using-api/api-concepts/ explains them. */
import type { Parameter } from './contract.ts';

function query(name: string, type: string, description: string): Parameter {
  return { name, in: 'query', description, schema: { type, uniqueItems: true } };
}

function path(name: string, description: string): Parameter {
  return { name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } };
}

/** The {name} of a path. */
export const nameParameter = (kind: string): Parameter => path('name', `name of the ${kind}`);
/** The {namespace} of a path. */
export const namespaceParameter = path('namespace', 'object name and auth scope, such as for teams and projects');
/** The {path} of a proxy. */
export const pathParameter = path('path', 'path of the request that is passed on');
/** The query parameter `pretty`. */
export const prettyParameter = query(
  'pretty',
  'string',
  "If 'true', the output is pretty printed. Defaults to 'false' unless the user agent is a browser, curl or wget.",
);

const dryRun = query(
  'dryRun',
  'string',
  'Do everything but the write. The one valid value is All: all dry run stages are processed.',
);
const fieldManager = query(
  'fieldManager',
  'string',
  'A name for the actor that makes the change: at most 128 printable characters.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What to do with unknown and duplicate fields of the body. Ignore: drop them silently. Warn: drop them and say so in ' +
    'Warning headers; the default. Strict: refuse the request and name them all.',
);
const force = query('force', 'boolean', 'Take over conflicting fields of other managers. For apply requests only.');

const labelSelector = query(
  'labelSelector',
  'string',
  'Restricts the objects by their labels. Defaults to everything.',
);
const fieldSelector = query(
  'fieldSelector',
  'string',
  'Restricts the objects by their fields. Defaults to everything.',
);
const limit = query(
  'limit',
  'integer',
  'At most so many objects in one answer; where more exist, its metadata.continue leads on to them. All pages of one ' +
    'listing show the same state. Not for watches.',
);
const continueParameter = query(
  'continue',
  'string',
  'metadata.continue of the previous page, with otherwise the same parameters. 410 where it has expired.',
);
const resourceVersion = query(
  'resourceVersion',
  'string',
  'A constraint on the version that may be shown. See ' +
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions. Defaults to unset.',
);
const resourceVersionMatch = query(
  'resourceVersionMatch',
  'string',
  'How resourceVersion is applied to lists: Exact or NotOlderThan. Defaults to unset.',
);
const sendInitialEvents = query(
  'sendInitialEvents',
  'boolean',
  'With watch: begin with an ADDED event for every object there is, followed by a BOOKMARK annotated ' +
    'k8s.io/initial-events-end. Needs resourceVersionMatch=NotOlderThan.',
);
const timeoutSeconds = query('timeoutSeconds', 'integer', 'Ends the list or watch after so many seconds.');
const allowWatchBookmarks = query(
  'allowWatchBookmarks',
  'boolean',
  'Asks for BOOKMARK events, which tell the newest resourceVersion, in watches.',
);
const watch = query('watch', 'boolean', 'Stream the changes instead of listing.');

const gracePeriodSeconds = query(
  'gracePeriodSeconds',
  'integer',
  'How long the object may take to go. Zero means at once; defaults to what its kind asks for.',
);
const orphanDependents = query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.');
const propagationPolicy = query(
  'propagationPolicy',
  'string',
  "What becomes of dependents. 'Orphan' leaves them; 'Background' has them deleted afterwards; 'Foreground' before.",
);

/** Parameters of create and update. */
export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];
/** Parameters of patch. */
export const patchParameters: readonly Parameter[] = [...writeParameters, force];
/** Parameters of delete. */
export const deleteParameters: readonly Parameter[] = [dryRun, gracePeriodSeconds, orphanDependents, propagationPolicy];
/** Parameters of list and watch. */
export const listParameters: readonly Parameter[] = [
  allowWatchBookmarks,
  continueParameter,
  fieldSelector,
  labelSelector,
  limit,
  resourceVersion,
  resourceVersionMatch,
  sendInitialEvents,
  timeoutSeconds,
  watch,
];
/** Parameters of deletecollection. */
export const deleteCollectionParameters: readonly Parameter[] = [
  continueParameter,
  dryRun,
  fieldSelector,
  gracePeriodSeconds,
  labelSelector,
  limit,
  orphanDependents,
  propagationPolicy,
  resourceVersion,
  resourceVersionMatch,
];
