/** Other auth tokens for members that have one, because the user asks for them by another time in the spec. */
import { allMembers, event, isLeaving, type Draft } from '../draft.ts';
import { enqueueReconnect } from './notifications.ts';

/**
 * All members' configmeta.json has the tokens of all roles. No clock is asked: the status remembers for which time of the spec
 * each token was made.
 */
export function renewAuthTokens(draft: Draft): void {
  const { authTokensRenewedAt: asked } = draft.observed.cluster.spec;
  if (asked === undefined) return;
  const due = allMembers(draft).filter(
    ({ member }) => member.authToken !== undefined && member.authTokenRenewedAt !== asked && !isLeaving(member),
  );
  if (due.length === 0) return;
  for (const { member } of due) {
    member.authToken = draft.ids.token();
    member.authTokenRenewedAt = asked;
  }
  for (const one of allMembers(draft)) {
    const { stateDetail: detail } = one.member;
    if (detail.lastConfiguredContainer === undefined || isLeaving(one.member)) continue;
    detail.lastConfigDataGeneration = 0;
    enqueueReconnect(draft, one);
  }
  event(draft, 'Cluster', `auth tokens of ${due.length} members are renewed`);
}
