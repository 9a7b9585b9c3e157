/** The build of this server as a metric. Source: k8s.io/component-base/metrics/version.go */
import type { Metrics } from '../runtime/metrics.ts';
import type { VersionInfo } from './routes.ts';

/** The labels, and the fields of /version that they take their values from. */
const fields = {
  major: 'major',
  minor: 'minor',
  git_version: 'gitVersion',
  git_commit: 'gitCommit',
  git_tree_state: 'gitTreeState',
  build_date: 'buildDate',
  go_version: 'goVersion',
  compiler: 'compiler',
  platform: 'platform',
} as const;

/** Registers kubernetes_build_info with the values of /version. */
export function registerBuildInfo(metrics: Metrics, version: VersionInfo): void {
  const help = 'Always 1; the labels tell the version of this server and what it was built for.';
  const labels = Object.fromEntries(Object.entries(fields).map(([label, field]) => [label, version[field] ?? '']));
  metrics.gauge('kubernetes_build_info', help, Object.keys(fields)).set(labels, 1);
}
