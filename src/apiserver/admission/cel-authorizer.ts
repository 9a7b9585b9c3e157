/**
 * The variable `authorizer` in CEL: authorization checks inside expressions. Source:
 * k8s.io/apiserver/pkg/cel/library/authz.go
 */
import type { AccessRequest } from '../../clients/contract.ts';
import type { UserInfo } from '../../meta/user.ts';
import { CelError } from '../cel/errors.ts';
import { FunctionTable, instances, kinds, traversal, type Cost } from '../cel/functions.ts';
import type { Fields, Opaque } from '../cel/values.ts';
import { CelDecision, type CelDecisions } from './cel-decisions.ts';

type About = NonNullable<AccessRequest['resource']>;

/** Checks what the user of the request, or a service account, may do. */
export class CelAuthorizer implements Opaque, Fields {
  readonly celType = 'kubernetes.authorization.Authorizer';
  readonly #decisions: CelDecisions;
  readonly #user: UserInfo;
  readonly requestResource: ResourceCheck;

  /** @param about the resource that the request itself is about */
  constructor(decisions: CelDecisions, user: UserInfo, about: About) {
    this.#decisions = decisions;
    this.#user = user;
    this.requestResource = new ResourceCheck(this, about);
  }

  celEquals(other: unknown): boolean {
    return other === this;
  }

  celField(name: string): unknown {
    return name === 'requestResource' ? this.requestResource : undefined;
  }

  path(path: string): PathCheck {
    if (path.trim() === '') throw new CelError('path must not be empty');
    return new PathCheck(this, path);
  }

  group(group: string): GroupCheck {
    return new GroupCheck(this, group);
  }

  serviceAccount(namespace: string, name: string): CelAuthorizer {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) throw new CelError('Invalid service account namespace');
    if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name)) throw new CelError('Invalid service account name');
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const account = { name: `system:serviceaccount:${namespace}:${name}`, groups };
    return new CelAuthorizer(this.#decisions, account, this.requestResource.about);
  }

  check(request: Omit<AccessRequest, 'user'>): CelDecision {
    return this.#decisions.on({ ...request, user: this.#user });
  }
}

class PathCheck implements Opaque {
  readonly celType = 'kubernetes.authorization.PathCheck';
  readonly #authorizer: CelAuthorizer;
  readonly #path: string;

  constructor(authorizer: CelAuthorizer, path: string) {
    this.#authorizer = authorizer;
    this.#path = path;
  }

  check(verb: string): CelDecision {
    return this.#authorizer.check({ verb, path: this.#path });
  }

  celEquals(other: unknown): boolean {
    return other === this;
  }
}

class GroupCheck implements Opaque {
  readonly celType = 'kubernetes.authorization.GroupCheck';
  readonly #authorizer: CelAuthorizer;
  readonly #group: string;

  constructor(authorizer: CelAuthorizer, group: string) {
    this.#authorizer = authorizer;
    this.#group = group;
  }

  resource(resource: string): ResourceCheck {
    if (resource.trim() === '') throw new CelError('resource must not be empty');
    return new ResourceCheck(this.#authorizer, {
      ...{ group: this.#group, version: '*', resource },
      ...{ subresource: '', namespace: '', name: '' },
    });
  }

  celEquals(other: unknown): boolean {
    return other === this;
  }
}

class ResourceCheck implements Opaque {
  readonly celType = 'kubernetes.authorization.ResourceCheck';
  readonly #authorizer: CelAuthorizer;
  readonly about: About;

  constructor(authorizer: CelAuthorizer, about: About) {
    this.#authorizer = authorizer;
    this.about = about;
  }

  with(part: Partial<About>): ResourceCheck {
    return new ResourceCheck(this.#authorizer, { ...this.about, ...part });
  }

  check(verb: string): CelDecision {
    return this.#authorizer.check({ verb, resource: this.about });
  }

  celEquals(other: unknown): boolean {
    return other === this;
  }
}

const { string } = kinds;
const [authorizer, path, group, resource, decision] = [
  instances(CelAuthorizer),
  instances(PathCheck),
  instances(GroupCheck),
  instances(ResourceCheck),
  instances(CelDecision),
];
/** Allows two checks in an expression. Source: k8s.io/apiserver/pkg/cel/library/cost.go */
const checkCost: Cost = () => 350_000;

const withoutSelector = (...[one]: [ResourceCheck, string]): ResourceCheck => one;

/** The functions of `authorizer` and of what they return. */
export const authorizerFunctions = new FunctionTable()
  .add('.path', [authorizer, string], (one, text) => one.path(text))
  .add('.group', [authorizer, string], (one, text) => one.group(text))
  .add('.serviceAccount', [authorizer, string, string], (one, namespace, name) => one.serviceAccount(namespace, name))
  .add('.resource', [group, string], (one, name) => one.resource(name))
  .add('.subresource', [resource, string], (one, subresource) => one.with({ subresource }))
  .add('.namespace', [resource, string], (one, namespace) => one.with({ namespace }))
  .add('.name', [resource, string], (one, name) => one.with({ name }))
  // Without the selectors the question is about more: what is allowed then is allowed with them.
  .add('.fieldSelector', [resource, string], withoutSelector, traversal(1, 50))
  .add('.labelSelector', [resource, string], withoutSelector, traversal(1, 50))
  .add('.check', [resource, string], (one, verb) => one.check(verb), checkCost)
  .add('.check', [path, string], (one, verb) => one.check(verb), checkCost)
  .add('.allowed', [decision], ({ allowed }) => allowed)
  .add('.reason', [decision], ({ reason }) => reason)
  .add('.errored', [decision], ({ error }) => error !== '')
  .add('.error', [decision], ({ error }) => error);
