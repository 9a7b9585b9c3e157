/** Files inside a container that the controller, the scripts and simulated containers agree on, and what is in them. */
import { configFolder, packageFolder } from '../apis/kubedirector/guest-paths.ts';

/** A link to what was in `packageFolder` before an upgrade of the app, which is kept in that folder itself. */
export const packageBackup = `${packageFolder}.backup`;
/** Where it is kept: on the same volume, however the app lays out its directories. */
export const backupName = '.setup.backup';

/** What setup packages read through configcli. */
export const configmetaFile = `${configFolder}/configmeta.json`;

/** The exit status of the set-up's startscript run, see `formatConfigureStatus`. */
export const configureStatusFile = `${packageFolder}/configure.status`;
/** What `startscript --configure` printed to standard output. */
export const configureStdoutFile = `${packageFolder}/configure.stdout`;
/** What `startscript --configure` printed to standard error. */
export const configureStderrFile = `${packageFolder}/configure.stderr`;

/** Where an init container can have the volume that it copies directories to. Another one where the first is to be copied. */
export const copyMounts = ['/mnt', '/kubedirector.volume'] as const;

/** On that volume: how far the copy has come, as rsync prints it; absent before and after the copy. */
export const copyProgressName = '.kubedirector.progress';

/** On the volume of a role with storage, which has /etc on it: that the init container's copy was done. */
export const initMarkerFile = '/etc/kubedirector.init';

/** The content of configure.status, decoded. */
export interface ConfigureStatus {
  /** The container in which the run was begun. */
  readonly containerID: string;
  /** Absent while the run lasts. */
  readonly exitCode?: number;
}

/** `<containerID>=` while the run lasts, `<containerID>=<exit status>` after; '' where no run has begun. */
export function formatConfigureStatus(status: ConfigureStatus | undefined): string {
  return status === undefined ? '' : `${status.containerID}=${status.exitCode ?? ''}`;
}

/** Reads what `formatConfigureStatus` writes. Undefined where the text names no container. */
export function parseConfigureStatus(content: string): ConfigureStatus | undefined {
  const at = content.lastIndexOf('=');
  if (at <= 0) return undefined;
  const code = content.slice(at + 1);
  return { containerID: content.slice(0, at), ...(/^\d+$/.test(code) ? { exitCode: Number(code) } : {}) };
}
