/**
 * The Common Expression Language as match conditions use it: the language with its strings and optional types, and the
 * library `authorizer`. An expression that needs more of Kubernetes' libraries fails, and the webhook's failurePolicy
 * decides. Source: https://kubernetes.io/docs/reference/using-api/cel/
 */
import { Environment } from '@marcbachmann/cel-js';
import type { Authorizer } from '../../auth/contract.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { GroupVersionResource, KubeObject, NamespacedName } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import { CelAuthorizer, withAuthorizer } from './cel-authorizer.ts';

/** A compiled expression. @throws Error where it has no value */
export type Program = (variables: Variables) => Promise<boolean>;

/** What the variables' names stand for, as the language takes it. */
export type Variables = Readonly<Record<string, unknown>>;

export interface Subject {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly request: object;
  readonly user: UserInfo;
  readonly authorizer: Authorizer;
  readonly resource: { readonly resource: GroupVersionResource; readonly subresource: string } & NamespacedName;
}

/** @returns a program that fails with the same each time where the expression is none */
export function compile(expression: string): Program {
  let program: (variables: Variables) => unknown;
  try {
    program = environment().parse(expression);
  } catch (error) {
    return () => Promise.reject(worded(error));
  }
  return async (variables) => {
    const value = await evaluated(program, variables);
    if (typeof value !== 'boolean') throw new Error(`must evaluate to bool but got ${typeof value}`);
    return value;
  };
}

async function evaluated(program: (variables: Variables) => unknown, variables: Variables): Promise<unknown> {
  try {
    return await program(variables);
  } catch (error) {
    throw worded(error);
  }
}

export function bind({ object, oldObject, request, user, authorizer, resource }: Subject): Variables {
  return {
    object: valueOf(object ?? null),
    oldObject: valueOf(oldObject ?? null),
    request: valueOf(request),
    // Webhooks have none.
    namespaceObject: null,
    authorizer: new CelAuthorizer(authorizer, user, aboutOf(resource)),
  };
}

/** Whole numbers are ints, as they are where JSON is read into Go. */
function valueOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(valueOf);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, valueOf(field)]));
}

function aboutOf({ resource: { group, version, resource }, subresource, namespace, name }: Subject['resource']) {
  return { group, version, resource, subresource, namespace, name };
}

/** What is wrong, without the drawing of where. */
function worded(cause: unknown): Error {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new Error(first.charAt(0).toLowerCase() + first.slice(1), { cause });
}

function environment(): Environment {
  const bare = new Environment({ enableOptionalTypes: true })
    .registerVariable('object', 'dyn')
    .registerVariable('oldObject', 'dyn')
    .registerVariable('request', 'dyn')
    .registerVariable('namespaceObject', 'dyn');
  return withAuthorizer(bare);
}
