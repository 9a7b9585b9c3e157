/** The flags of `kubedirector serve` about the controller. */
import type { Command } from 'commander';
import type { ControllerFlags } from '../server/serve/options.ts';
import { trueOrFalse } from './names.ts';
import { integer } from './numbers.ts';

/** As commander gives them. */
export interface ControllerCommandFlags {
  readonly concurrentClusters: number;
  readonly concurrentMembers: number;
  readonly concurrentExecs: number;
  readonly configureTimeout: number;
  readonly notifyTimeout: number;
  readonly healthcheckPeriod: number;
  /** False: none. */
  readonly guestTools?: string | false;
  readonly serviceAuthTokenAnnotation: boolean;
  readonly probePrivateUrls: boolean;
}

/**
 * Adds them to `serve`.
 * @param guestTools the configcli package where no flag names another
 */
export function addControllerOptions(command: Command, guestTools: string | undefined): void {
  const many = integer('a number', 1, 1_000);
  command
    .option('--concurrent-clusters <number>', 'clusters reconciled at a time', many, 8)
    .option('--concurrent-members <number>', 'members set up at a time', many, 32)
    .option('--concurrent-execs <number>', 'commands run in containers at a time', many, 32)
    .option(
      '--configure-timeout <minutes>',
      'time a startscript may take to configure a member; then it is stopped, and the member is in config error',
      integer('a time', 1, 7 * 24 * 60),
      240,
    )
    .option(
      '--notify-timeout <minutes>',
      'how long a notification that a startscript refuses is repeated; then it is given up',
      integer('a time', 1, 7 * 24 * 60),
      10,
    )
    .option(
      '--healthcheck-period <seconds>',
      'time between health checks of a member whose role names no periodSeconds',
      integer('a time', 1, 86_400),
      30,
    )
    .option('--guest-tools <file>', 'configcli package (.tgz) to put into images that have none', guestTools)
    .option('--no-guest-tools', 'put no configcli into images that have none')
    .option(
      '--service-auth-token-annotation <boolean>',
      "whether members' Services show their token in an annotation; true or false",
      trueOrFalse,
      true,
    )
    .option('--probe-private-urls', 'check files that clusters inject at private addresses too', false);
}

/** What the flags ask for. */
export function controllerOf(flags: ControllerCommandFlags): ControllerFlags {
  const { guestTools } = flags;
  return {
    ...{ clusters: flags.concurrentClusters, guests: flags.concurrentMembers, execs: flags.concurrentExecs },
    ...(guestTools === undefined || guestTools === false ? {} : { guestToolsFile: guestTools }),
    configureLimitMs: flags.configureTimeout * 60_000,
    notifyTimeoutMs: flags.notifyTimeout * 60_000,
    healthPeriodMs: flags.healthcheckPeriod * 1000,
    serviceAuthTokenAnnotation: flags.serviceAuthTokenAnnotation,
    probePrivateUrls: flags.probePrivateUrls,
  };
}
