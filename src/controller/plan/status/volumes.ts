/** What conditions say of volumes that become larger. Their members work all the while. */
import type { Draft, MemberInRole } from '../draft.ts';
import { listed } from '../draft.ts';
import { volumeGrowth } from '../life-cycle/volume-growth.ts';
import type { Verdict } from '../messages/verdict.ts';

/** Reason of the condition Progressing while volumes become larger: it does not make a cluster unready. */
export const volumesResizing = 'VolumesResizing';

/** For the condition Progressing; undefined where no volume becomes larger. */
export function resizing(draft: Draft, members: readonly MemberInRole[]): Verdict | undefined {
  const growing = volumeGrowth(draft, members).filter(({ failed }) => !failed);
  if (growing.length === 0) return undefined;
  const claims = listed(growing.map(({ claim, words }) => `${claim} (${words})`));
  return { status: 'True', reason: volumesResizing, message: `volumes become larger: ${claims}` };
}

/** For the condition Degraded; undefined where nothing has failed. */
export function resizeFailure(draft: Draft, members: readonly MemberInRole[]): Verdict | undefined {
  const failed = volumeGrowth(draft, members).filter((one) => one.failed);
  const [first] = failed;
  if (first === undefined) return undefined;
  const claims = listed(failed.map(({ claim }) => claim));
  return {
    status: 'True',
    reason: 'VolumeResizeFailed',
    message: `${claims} could not be made larger: ${first.words}`,
  };
}
