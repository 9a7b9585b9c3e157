/**
 * authentication.k8s.io/v1 and authorization.k8s.io/v1: the requests of `kubectl auth whoami` and `kubectl auth can-i`.
 * Wording: k8s.io/kubernetes/pkg/registry/authorization, pkg/apis/authorization/validation.
 */
import type { ResourceDefinition } from '../apiserver/resource.ts';
import { createCreateOnlyRegistry } from '../apiserver/registry/index.ts';
import { served, type ServedResource } from '../apiserver/server.ts';
import { createDerivedCache } from '../apiserver/watchcache/index.ts';
import type { AccessRequest, AccessReviewer } from '../clients/contract.ts';
import { invalid, type FieldError } from '../meta/field-error.ts';
import type { KubeObject } from '../meta/object.ts';
import { badRequest, invalidObject } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import { kubeTime } from '../meta/kube-time.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { ageColumn, nativeDefinition, type DefinitionDeps } from './native.ts';
import type {
  AccessReviewSpec,
  PolicyRule,
  ReviewedUser,
  RulesReview,
  SelfAccessReview,
  SubjectAccessReview,
  SubjectReview,
} from './kinds.ts';

interface ReviewsOptions extends Pick<DefinitionDeps, 'schema' | 'now'> {
  /** Decides as the server does for its own requests. */
  readonly access: AccessReviewer;
  /** What a user may do in a namespace and in the whole cluster. */
  readonly rules: (user: UserInfo, namespace: string) => readonly PolicyRule[];
  readonly metrics: Metrics;
}

type Answer<T extends KubeObject> = Parameters<typeof createCreateOnlyRegistry<T>>[2];

/** Reviews are answered, not stored. */
const never = { revision: () => 0, current: () => Promise.resolve(0), waitFor: () => Promise.resolve() };

/**
 * SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview and SelfSubjectReview. They are never stored.
 */
export function createReviews({ schema, now, access, rules, metrics }: ReviewsOptions): ServedResource[] {
  const review = <T extends KubeObject>(group: 'authentication' | 'authorization', kind: string, answer: Answer<T>) => {
    const definition = nativeDefinition<T>(
      { schema },
      {
        group: `${group}.k8s.io`,
        plural: `${kind.toLowerCase()}s`,
        kind,
        namespaced: false,
        verbs: ['create'],
        schema: `${group}.v1.${kind}`,
        columns: [ageColumn()],
        strategy: { hasGeneration: false },
      },
    ) as unknown as ResourceDefinition<T>;
    const empty = createDerivedCache({ definition, upstream: never, metrics });
    return served(definition, createCreateOnlyRegistry(definition, empty, answer));
  };
  return [
    review<SubjectReview>('authentication', 'SelfSubjectReview', ({ user }, asked) => {
      const userInfo = userInfoOf(user);
      return { ...asked, metadata: { creationTimestamp: kubeTime(now()) }, status: { userInfo } };
    }),
    review<SelfAccessReview>('authorization', 'SelfSubjectAccessReview', async ({ user }, asked) => {
      refuse([...specErrors(asked.spec), ...metadataErrors(asked)]);
      return { ...asked, status: await decide(access, user, asked.spec) };
    }),
    review<SubjectAccessReview>('authorization', 'SubjectAccessReview', async (_context, asked) => {
      refuse([...specErrors(asked.spec), ...subjectErrors(asked.spec), ...metadataErrors(asked)]);
      return { ...asked, status: await decide(access, subjectOf(asked.spec), asked.spec) };
    }),
    review<RulesReview>('authorization', 'SelfSubjectRulesReview', ({ user }, { spec, ...asked }) => {
      if (!spec.namespace) throw badRequest('no namespace on request');
      return { ...asked, spec: {}, status: statusOf(rules(user, spec.namespace)) };
    }),
  ];
}

function userInfoOf({ name, uid, groups, extra }: UserInfo): ReviewedUser {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(extra ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) } : {}),
  };
}

function subjectOf({ user = '', uid, groups = [], extra }: SubjectAccessReview['spec']): UserInfo {
  return { name: user, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function specErrors({ resourceAttributes, nonResourceAttributes: path }: AccessReviewSpec): FieldError[] {
  if ((resourceAttributes === undefined) !== (path === undefined)) return [];
  const value = path && { Path: path.path ?? '', Verb: path.verb ?? '' };
  return [invalid('spec', value, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

function subjectErrors({ user = '', groups = [] }: SubjectAccessReview['spec']): FieldError[] {
  if (user !== '' || groups.length > 0) return [];
  return [invalid('spec.user', user, 'at least one of user or group must be specified')];
}

function metadataErrors({ metadata }: KubeObject): FieldError[] {
  return Object.keys(metadata).length === 0 ? [] : [invalid('metadata', metadata, 'must be empty')];
}

/** @throws StatusError 422 if there are errors. Its kind is empty, as in the answers of kube-apiserver */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: 'authorization.k8s.io', kind: '' }, '', errors);
}

async function decide(
  access: AccessReviewer,
  user: UserInfo,
  spec: AccessReviewSpec,
): Promise<NonNullable<SelfAccessReview['status']>> {
  const { allowed, reason } = await access.review(requestOf(user, spec));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function requestOf(
  user: UserInfo,
  { resourceAttributes: asked, nonResourceAttributes }: AccessReviewSpec,
): AccessRequest {
  if (asked === undefined) {
    return { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = asked;
  return { user, verb, resource: { group, version, resource, subresource, namespace, name } };
}

/** The rules, separated into those about resources and those about paths. */
function statusOf(rules: readonly PolicyRule[]): NonNullable<RulesReview['status']> {
  return {
    resourceRules: rules.flatMap(({ verbs, apiGroups, resources = [], resourceNames }) => {
      if (resources.length === 0) return [];
      return { verbs, resources, ...(apiGroups ? { apiGroups } : {}), ...(resourceNames ? { resourceNames } : {}) };
    }),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs = [] }) =>
      nonResourceURLs.length === 0 ? [] : { verbs, nonResourceURLs },
    ),
    incomplete: false,
  };
}
