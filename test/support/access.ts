/** Rights that a test grants. */
import type { AccessRequest, AccessReviewer } from '../../src/clients/contract.ts';
import { serviceUnavailable } from '../../src/meta/status.ts';
import { mastersGroup } from '../../src/meta/user.ts';

export const unavailable = serviceUnavailable('nobody can be asked');

/** "get secrets default/one", "get kubedirectorconfigs/masterkey kubedirector/kd-global-config" */
export function describeAccess({ verb, resource }: AccessRequest): string {
  if (resource === undefined) return verb;
  const { subresource, namespace, name } = resource;
  return `${verb} ${resource.resource}${subresource === '' ? '' : `/${subresource}`} ${namespace}/${name}`;
}

/** system:masters may do everything, everybody else what was granted to them. */
export class Rights implements AccessReviewer {
  /** What was asked of others than system:masters: "jane: get secrets default/one". */
  readonly asked: string[] = [];
  isDown = false;
  readonly #granted = new Set<string>();

  /** @param what as describeAccess words it */
  grant(user: string, ...what: string[]): void {
    for (const one of what) this.#granted.add(`${user}: ${one}`);
  }

  review(request: AccessRequest): Promise<{ allowed: boolean; reason: string }> {
    if (this.isDown) return Promise.reject(unavailable);
    const { user } = request;
    if (user.groups.includes(mastersGroup)) return Promise.resolve({ allowed: true, reason: '' });
    const question = `${user.name}: ${describeAccess(request)}`;
    this.asked.push(question);
    return Promise.resolve({ allowed: this.#granted.has(question), reason: '' });
  }
}
