/**
 * The variable `authorizer` in CEL: authorization checks inside expressions. Source:
 * k8s.io/apiserver/pkg/cel/library/authz.go
 */
import type { Environment } from '@marcbachmann/cel-js';
import type { AccessRequest } from '../../clients/contract.ts';
import type { UserInfo } from '../../meta/user.ts';
import { CelDecision, type CelDecisions } from './cel-decisions.ts';

type About = NonNullable<AccessRequest['resource']>;

/** Checks what the user of the request, or a service account, may do. */
export class CelAuthorizer {
  readonly #decisions: CelDecisions;
  readonly #user: UserInfo;
  readonly requestResource: ResourceCheck;

  /** @param about the resource that the request itself is about */
  constructor(decisions: CelDecisions, user: UserInfo, about: About) {
    this.#decisions = decisions;
    this.#user = user;
    this.requestResource = new ResourceCheck(this, about);
  }

  path(path: string): PathCheck {
    if (path.trim() === '') throw new Error('path must not be empty');
    return new PathCheck(this, path);
  }

  group(group: string): GroupCheck {
    return new GroupCheck(this, group);
  }

  serviceAccount(namespace: string, name: string): CelAuthorizer {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) throw new Error('Invalid service account namespace');
    if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name)) throw new Error('Invalid service account name');
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const account = { name: `system:serviceaccount:${namespace}:${name}`, groups };
    return new CelAuthorizer(this.#decisions, account, this.requestResource.about);
  }

  check(request: Omit<AccessRequest, 'user'>): CelDecision {
    return this.#decisions.on({ ...request, user: this.#user });
  }
}

class PathCheck {
  readonly #authorizer: CelAuthorizer;
  readonly #path: string;

  constructor(authorizer: CelAuthorizer, path: string) {
    this.#authorizer = authorizer;
    this.#path = path;
  }

  check(verb: string): CelDecision {
    return this.#authorizer.check({ verb, path: this.#path });
  }
}

class GroupCheck {
  readonly #authorizer: CelAuthorizer;
  readonly #group: string;

  constructor(authorizer: CelAuthorizer, group: string) {
    this.#authorizer = authorizer;
    this.#group = group;
  }

  resource(resource: string): ResourceCheck {
    if (resource.trim() === '') throw new Error('resource must not be empty');
    return new ResourceCheck(this.#authorizer, {
      ...{ group: this.#group, version: '*', resource },
      ...{ subresource: '', namespace: '', name: '' },
    });
  }
}

class ResourceCheck {
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
}

/** Adds the variable `authorizer` and its functions to the environment. */
export function withAuthorizer(environment: Environment): Environment {
  return environment
    .registerType('Authorizer', { ctor: CelAuthorizer, fields: { requestResource: 'ResourceCheck' } })
    .registerType('PathCheck', { ctor: PathCheck, fields: {} })
    .registerType('GroupCheck', { ctor: GroupCheck, fields: {} })
    .registerType('ResourceCheck', { ctor: ResourceCheck, fields: {} })
    .registerType('Decision', { ctor: CelDecision, fields: {} })
    .registerVariable('authorizer', 'Authorizer')
    .registerFunction('Authorizer.path(string): PathCheck', (one: CelAuthorizer, path: string) => one.path(path))
    .registerFunction('Authorizer.group(string): GroupCheck', (one: CelAuthorizer, group: string) => one.group(group))
    .registerFunction('Authorizer.serviceAccount(string, string): Authorizer', serviceAccount)
    .registerFunction('GroupCheck.resource(string): ResourceCheck', (one: GroupCheck, name: string) =>
      one.resource(name),
    )
    .registerFunction('ResourceCheck.subresource(string): ResourceCheck', part('subresource'))
    .registerFunction('ResourceCheck.namespace(string): ResourceCheck', part('namespace'))
    .registerFunction('ResourceCheck.name(string): ResourceCheck', part('name'))
    .registerFunction('ResourceCheck.check(string): Decision', (one: ResourceCheck, verb: string) => one.check(verb))
    .registerFunction('PathCheck.check(string): Decision', (one: PathCheck, verb: string) => one.check(verb))
    .registerFunction('Decision.allowed(): bool', ({ allowed }: CelDecision) => allowed)
    .registerFunction('Decision.reason(): string', ({ reason }: CelDecision) => reason)
    .registerFunction('Decision.errored(): bool', ({ error }: CelDecision) => error !== '')
    .registerFunction('Decision.error(): string', ({ error }: CelDecision) => error);
}

const serviceAccount = (one: CelAuthorizer, namespace: string, name: string): CelAuthorizer =>
  one.serviceAccount(namespace, name);

const part =
  (key: 'subresource' | 'namespace' | 'name') =>
  (one: ResourceCheck, value: string): ResourceCheck =>
    one.with({ [key]: value });
