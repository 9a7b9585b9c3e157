/**
 * How much of what others say a status may hold. Each member may have its own words, and there may be a thousand of
 * them: so there is a budget for all together, in bytes of the JSON in UTF-8, and each gets a fair share. What a member
 * itself is known by (names, container IDs, numbers) takes about 0.7 KiB and is not cut.
 */
import { defaultMaxLogSizeDump } from '../../../apis/kubedirector/well-known.ts';
import { cutEnd, cutStart, jsonBytes } from '../../../meta/cut.ts';
import { allMembers, type Draft } from '../draft.ts';

/** For the ends of startscripts' output, all members together. */
export const outputBudget = 128 * 1024;
/** For one kind of message, all members together. */
export const messageBudget = 64 * 1024;
/** One message has no more, however few members there are. */
const longestMessage = 1024;
/** A condition's message. Kubernetes allows 32768. */
const longestCondition = 4096;

/**
 * As much of a message about one member as status takes. The same for as long as the cluster has as many members: a
 * message that was cut is no news when it comes again.
 */
export function memberMessage(draft: Draft, text: string): string {
  return cutEnd(text, Math.min(longestMessage, Math.floor(messageBudget / Math.max(1, allMembers(draft).length))));
}

/** As much of a condition's message as status takes. */
export const conditionMessage = (text: string): string => cutEnd(text, longestCondition);

const outputs = ['startScriptStdoutMessage', 'startScriptStderrMessage'] as const;

/**
 * Cuts the output of failed startscripts, their beginnings first, until all of it fits the budget. Short ones stay as
 * they are; what they leave over is shared by the long ones.
 */
export function cutOutputs(draft: Draft): void {
  const pieces = allMembers(draft).flatMap(({ member: { stateDetail } }) =>
    outputs.flatMap((name) => {
      const text = stateDetail[name];
      return text === undefined ? [] : [{ stateDetail, name, text, bytes: 0 }];
    }),
  );
  // A character takes six bytes at most: most clusters are done here.
  if (pieces.reduce((sum, { text }) => sum + text.length, 0) * 6 <= outputBudget) return;
  for (const piece of pieces) piece.bytes = jsonBytes(piece.text);
  let left = outputBudget;
  const sorted = pieces.toSorted((one, other) => one.bytes - other.bytes);
  for (const [index, { stateDetail, name, text, bytes }] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index));
    left -= Math.min(bytes, share);
    if (bytes > share) stateDetail[name] = cutStart(text, share);
  }
}

/** Bytes of each output that are asked for: what an app may ask for has no limit, what can be kept has. */
export function tailBytes(asked: number = defaultMaxLogSizeDump): number {
  return Math.min(asked, 65_536);
}
