/** What a setup package's startscript is called with: the options are part of the contract with packages. */

/** The first run in a new member. */
export const configureOption = '--configure';

/** Connected objects have changed: read configmeta.json again. */
export const reconnectOption = '--reconnect';

/** The member's pod goes, because its cluster is stopped. */
export const suspendOption = '--suspend';

/** The member is back after a stop. */
export const restartedOption = '--restarted';

/** Whether the member works: exit status 0, or what is wrong on standard error. */
export const healthcheckOption = '--healthcheck';

/** What set-up packages are told while the members of a cluster move to another app, and on the way back. */
export type UpgradeDirection = 'upgraded' | 'reverted';

/** The first run in a member that has come to another app, or back to the one before, with its files. */
export const podMovedOption = (direction: UpgradeDirection): string => `--pod_${direction}`;

/** All members of the role have moved. */
export const roleMovedOptions = (direction: UpgradeDirection, role: string): string[] => [
  `--role_${direction}`,
  '--role',
  role,
];

/** All members have moved, and all roles were told so. */
export const clusterMovedOption = (direction: UpgradeDirection): string => `--cluster_${direction}`;

/** Followed by `beginBackup` before snapshots of the member's volumes are taken, and by `endBackup` after it. */
export const backupOption = '--backup';
/** Everything is to be on disk, and to stay as it is there, until the end. */
export const beginBackup = 'begin';
/** Also where the beginning has failed. */
export const endBackup = 'end';

/** The member was set up on volumes that are made of a backup. */
export const restoreOption = '--restore';

/** Members are told that others join or leave. */
export type MembershipEvent = 'addnodes' | 'delnodes';

/** What stands before the list of FQDNs, which is the last argument: `--addnodes --nodegroup 1 --role R --fqdns`. */
export function membershipOptions(event: MembershipEvent, role: string): string[] {
  return [`--${event}`, '--nodegroup', '1', '--role', role, '--fqdns'];
}

/** The list of FQDNs as one argument. */
export function fqdnList(fqdns: readonly string[]): string {
  return fqdns.join(',');
}

/** Reads arguments that begin with `membershipOptions`; undefined for others. The list of FQDNs may be absent. */
export function parseMembershipArguments(
  args: readonly string[],
): { readonly event: MembershipEvent; readonly role: string; readonly fqdns: readonly string[] } | undefined {
  const [first, , , , role = '', , fqdns = ''] = args;
  if (first !== '--addnodes' && first !== '--delnodes') return undefined;
  return { event: first === '--addnodes' ? 'addnodes' : 'delnodes', role, fqdns: fqdns === '' ? [] : fqdns.split(',') };
}

/** The event of a startscript call: "addnodes" for `--addnodes …`; '' where there are no arguments. */
export function eventOfArguments(args: readonly string[]): string {
  return (args[0] ?? '').replace(/^--/, '');
}
