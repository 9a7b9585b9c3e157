/** The params of admission policies: a view of each kind that a policy in force names. */
import type { ParamObjects, PolicyParams } from '../contract.ts';
import { apiVersionString, type GroupVersionKind, type KubeObject } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { ClientContext } from './client-context.ts';
import { createInformer } from './informer.ts';
import { createObjectClient } from './object-client.ts';
import type { ApiResource } from './resources.ts';

interface Followed {
  readonly ended: AbortController;
  readonly objects: Promise<ParamObjects | undefined>;
  /** Set once the cluster has said that it serves no such kind: when it did, in milliseconds of the monotonic clock. */
  missingSince?: number;
}

/** What an API group version serves. Source: k8s.io/apimachinery/pkg/apis/meta/v1 APIResourceList */
interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** How long it is believed that the cluster does not serve a kind: it may be a CRD that comes later. */
const missingForMs = 2000;

/** Nothing is asked of the cluster before a kind is followed. @param closed ends all views */
export function createPolicyParams(context: ClientContext, closed: AbortSignal): PolicyParams {
  const { clock } = context;
  const followed = new Map<string, Followed>();

  function begin(kind: GroupVersionKind): Followed {
    const ended = new AbortController();
    const one: Followed = { ended, objects: open(context, kind, AbortSignal.any([closed, ended.signal])) };
    one.objects.then(
      (objects) => {
        if (objects === undefined) one.missingSince = clock.monotonic();
      },
      () => {
        if (followed.get(keyOf(kind)) === one) followed.delete(keyOf(kind));
      },
    );
    followed.set(keyOf(kind), one);
    return one;
  }
  function current(kind: GroupVersionKind): Followed {
    const known = followed.get(keyOf(kind));
    const isOld = known?.missingSince !== undefined && clock.monotonic() - known.missingSince >= missingForMs;
    return known === undefined || isOld ? begin(kind) : known;
  }
  return {
    follow(kinds) {
      const wanted = new Set(kinds.map(keyOf));
      for (const [key, one] of followed) {
        if (wanted.has(key)) continue;
        one.ended.abort();
        followed.delete(key);
      }
      for (const kind of kinds) current(kind);
    },
    of: (kind) => current(kind).objects,
  };
}

const keyOf = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

async function open(
  context: ClientContext,
  kind: GroupVersionKind,
  signal: AbortSignal,
): Promise<ParamObjects | undefined> {
  const { transport } = context;
  const { group, version } = kind;
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersionString(kind)}`;
  let served: ResourceList;
  try {
    served = await transport.request<ResourceList>({ method: 'GET', path, signal });
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
  const found = served.resources.find(({ name, kind: one }) => one === kind.kind && !name.includes('/'));
  if (found === undefined) return undefined;
  const resource: ApiResource = { ...kind, resource: found.name };
  const informer = createInformer<KubeObject>(context, { resource });
  informer.start(signal);
  const client = createObjectClient<KubeObject>(transport, resource);
  return { ...informer.lister, namespaced: found.namespaced, read: (target) => client.read(target) };
}
