/**
 * Volumes that become larger: claims ask for more, and the StatefulSet gets claim templates that ask for more. These can't
 * change, so it is deleted without its pods, which run on, and made again under its name. Source:
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 */
import type { PersistentVolumeClaim, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { quantityOf, type QuantityValue } from '../../../apis/kubedirector/quantities.ts';
import type { Stored } from '../../../meta/object.ts';
import { canonical, filesystemClaim } from '../objects/volumes.ts';
import type { ResolvedRole } from '../roles.ts';

type Claim = Stored<PersistentVolumeClaim>;

const requestOf = ({ resources }: NonNullable<PersistentVolumeClaim['spec']> = {}): QuantityValue | undefined =>
  resources?.requests?.['storage'];

function isLarger(one: QuantityValue | undefined, other: QuantityValue | undefined): boolean {
  const [size, than] = [quantityOf(one), quantityOf(other)];
  return size !== undefined && than !== undefined && size.compare(than) > 0;
}

const wantedOf = ({ spec }: ResolvedRole, { metadata: { name } }: Claim): QuantityValue | undefined =>
  name.startsWith(`${filesystemClaim}-`) ? spec.storage?.size : undefined;

/**
 * What a claim is to ask for: never less than it does. It has to be said each time: what is applied without it would take
 * it away. Undefined before the claim has a volume: until then it can't change.
 */
export function storageRequest(
  role: ResolvedRole,
  claim: Claim,
): { readonly resources: { readonly requests: { readonly storage: string } } } | undefined {
  const request = requestOf(claim.spec);
  if (claim.status?.phase !== 'Bound' || request === undefined) return undefined;
  const wanted = wantedOf(role, claim);
  const storage = isLarger(wanted, request) ? (wanted ?? request) : request;
  return { resources: { requests: { storage: canonical(storage) } } };
}

/** Whether new members would get smaller volumes than the role asks for. */
export function makesSmallerClaims(desired: StatefulSet, actual: Stored<StatefulSet>): boolean {
  const have = actual.spec.volumeClaimTemplates ?? [];
  return (desired.spec.volumeClaimTemplates ?? []).some(({ metadata, spec }) => {
    const now = have.find((one) => one.metadata?.name === metadata?.name);
    return now !== undefined && isLarger(requestOf(spec), requestOf(now.spec));
  });
}

/** How far the growth of a volume is; undefined where it has the size that the role asks for. */
export function growthOf(
  role: ResolvedRole,
  claim: Claim,
): { readonly failed: boolean; readonly words: string } | undefined {
  const { phase, capacity, conditions = [], allocatedResourceStatuses } = claim.status ?? {};
  if (phase !== 'Bound' || !isLarger(wantedOf(role, claim), capacity?.['storage'])) return undefined;
  const find = (types: readonly string[]) =>
    conditions.find((one) => one.status === 'True' && types.includes(one.type));
  const problem = find(['ControllerResizeError', 'NodeResizeError']);
  const stage = allocatedResourceStatuses?.['storage'] ?? '';
  if (problem !== undefined || stage.endsWith('Infeasible')) {
    return { failed: true, words: problem?.message ?? problem?.type ?? stage };
  }
  const step = find(['FileSystemResizePending', 'Resizing']);
  return { failed: false, words: step?.type ?? 'waiting for its volume plugin' };
}
