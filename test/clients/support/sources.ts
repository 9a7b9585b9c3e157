/** What the programs are built from. */
import type { Source } from './program.ts';

const go = (folder: string, ...packages: readonly string[]): Source => ({
  folder,
  tools: ['go'],
  build: [['go', 'build', '-buildvcs=false', '-ldflags', '-s -w', '-o', '{}/', ...packages]],
});

export const goClients = go('client-go', '.', './controller');
export const gitopsEngine = go('gitops', '.');
export const kstatus = go('kstatus', '.');
/** Without the chart, which is no part of it. */
export const helm: Source = { ...go('helm', 'helm.sh/helm/v4/cmd/helm'), inputs: ['go.mod', 'go.sum'] };
/** Prometheus' reader of rules and expressions. */
export const promql = go('promql', '.');
export const oldKubectl = go('kubectl', '.');
export const python: Source = {
  folder: 'python',
  tools: ['python3'],
  build: [
    ['python3', '-m', 'pip', 'install', '--quiet', '--no-compile', '--target', '{}/site', '-r', 'requirements.txt'],
  ],
  inputs: ['requirements.txt'],
};
export const kubeRs: Source = {
  folder: 'kube-rs',
  tools: ['cargo', 'cc'],
  build: [
    ['cargo', 'install', '--quiet', '--no-track', '--path', '.', '--root', '{}', '--target-dir', '{}/target'],
    ['rm', '-r', '{}/target'],
  ],
  // cargo may leave a lock file there, which names where its packages come from, so the repository has none.
  inputs: ['Cargo.toml', ...['basics', 'main', 'watching'].map((module) => `src/${module}.rs`)],
};
/** Nothing but javac makes the program of its one file: Maven brings the libraries. */
export const fabric8: Source = {
  folder: 'fabric8',
  tools: ['java', 'javac', 'mvn'],
  build: [
    ['mvn', '--quiet', '--batch-mode', 'dependency:copy-dependencies', '-DoutputDirectory={}/lib'],
    ['javac', '--release', '17', '-cp', '{}/lib/*', '-d', '{}/classes', 'Main.java'],
  ],
};
/** Headlamp's library for plugins as its own program runs it, in `out`, and in `node_modules` its types and what they need. */
export const headlamp: Source = {
  folder: 'headlamp',
  tools: ['npm', 'tar'],
  build: [
    ['cp', 'package.json', 'package-lock.json', 'host.jsx', '{}'],
    ['npm', 'ci', '--prefix', '{}', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'],
    // Alone: its dependencies are those of all tools for authors, more than a thousand.
    ['npm', 'pack', '--silent', '--pack-destination', '{}', '@kinvolk/headlamp-plugin@0.14.0'],
    ['mkdir', '-p', '{}/node_modules/@kinvolk/headlamp-plugin'],
    [
      ...['tar', '-xzf', '{}/kinvolk-headlamp-plugin-0.14.0.tgz', '--strip-components=1'],
      ...['-C', '{}/node_modules/@kinvolk/headlamp-plugin'],
    ],
    ['node', 'build.js', '{}'],
  ],
};
/** The manager of kubectl's plugins. */
export const krew = go('krew', 'sigs.k8s.io/krew/cmd/krew');
