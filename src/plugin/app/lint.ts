/** `kubectl kd app lint`: what the server would refuse, and what commonly goes wrong. */
import { adviseApp, adviseCluster } from './advise.ts';
import { readAppFolder } from './app-folder.ts';
import { ObjectChecks, type Checked } from './check-objects.ts';
import { checkPackage } from './check-package.ts';
import type { KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Finding } from './finding.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** The app of a folder and its clusters, as the server would store them. */
interface Linted {
  readonly findings: readonly Finding[];
  readonly app: KubeDirectorApp | undefined;
  readonly clusters: readonly KubeDirectorCluster[];
}

/** Looks at a folder, or at the file of an app. @throws Error where it can't be read */
export function lint(path: string): Linted {
  const folder = readAppFolder(path);
  const checks = new ObjectChecks();
  const found = only(folder.app, 'KubeDirectorApp');
  const findings = [...found.findings];
  const [first] = found.manifests;
  if (first === undefined) return { findings, app: undefined, clusters: [] };
  const app = checks.app(first.object);
  findings.push(...refusals(app, first));
  const isSound = app.errors.length === 0;
  if (isSound) findings.push(...adviseApp(app.object, first));
  const clusters: KubeDirectorCluster[] = [];
  if (folder.cluster !== undefined) {
    const listed = only(folder.cluster, 'KubeDirectorCluster');
    findings.push(...listed.findings);
    for (const manifest of isSound ? listed.manifests : []) {
      const cluster = checks.cluster(manifest.object, app.object);
      findings.push(...refusals(cluster, manifest), ...adviseCluster(cluster.object, app.object, manifest));
      clusters.push(cluster.object);
    }
  }
  if (folder.package !== undefined) findings.push(...checkPackage(folder.package, app.object));
  return { findings, app: app.object, clusters };
}

function only({ manifests, findings }: ManifestFile, kind: string): ManifestFile {
  const wanted = manifests.filter(({ object }) => object['kind'] === kind);
  if (wanted.length > 0 || findings.length > 0 || manifests.length === 0) return { manifests: wanted, findings };
  const { file, lineOf } = manifests[0] ?? { file: '', lineOf: () => undefined };
  return {
    manifests: [],
    findings: [{ severity: 'error', file, line: lineOf('kind'), message: `kind: there is no ${kind} in it` }],
  };
}

function refusals({ errors, unknown, kept }: Checked<unknown>, { file, lineOf }: Manifest): Finding[] {
  const at = (field: string, message: string, severity: Finding['severity'] = 'error'): Finding => ({
    ...{ severity, file, line: lineOf(field) },
    message: `${field}: ${message}`,
  });
  return [
    ...errors.map(({ field, message }) => at(field, message)),
    ...unknown.map((field) => at(field, 'unknown field')),
    ...kept.map((field) => at(field, 'no such field: the server keeps it, but nothing reads it', 'warning')),
  ];
}
