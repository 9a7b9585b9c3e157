/**
 * An upgrade of the program restarts no pod: the pod templates and volume claims that released versions made are what this
 * version makes. test/testdata/pod-templates/VERSION.json has those of a version; they are never changed. The file of the version
 * that is being made is written by: UPDATE_POD_TEMPLATES=1 npx vitest run test/unit/controller/pod-template-releases.test.ts
 *
 * A template that has to change is made only for StatefulSets that do not exist yet, or the change goes through the rolling
 * machinery (docs/adr/0005): then it is written down here, in `deliberate`, with its reason.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { defaultApp } from '../../../src/apis/kubedirector/app-defaulting.ts';
import type { ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { previewStatefulSets } from '../../../src/controller/index.ts';
import { version } from '../../../src/server/version.ts';

const folder = new URL('../../testdata/pod-templates/', import.meta.url);
const apps = new URL('../../testdata/apps/', import.meta.url);

/** By version: which cases differ from it, and why pods do not restart unasked. */
const deliberate: Readonly<Record<string, Readonly<Record<string, string>>>> = {};

const resources = { limits: { cpu: '1', memory: '1Gi' } };
/** Everything that a role can ask for. */
const rich: Partial<KubeDirectorCluster['spec']['roles'][number]> = {
  resources: { limits: { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': '1' }, requests: { cpu: '500m', memory: '1Gi' } },
  env: [
    { name: 'PLAIN', value: 'one' },
    { name: 'FROM', valueFrom: { secretKeyRef: { name: 'secret', key: 'key' } } },
  ],
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
  podLabels: { team: 'a' },
  podAnnotations: { note: 'b' },
  storage: { size: '20Gi', storageClassName: 'fast' },
  blockStorage: { storageClassName: 'raw', pathPrefix: '/dev/raw', numDevices: 2, size: '5Gi' },
  sharedMemory: '256Mi',
  secret: { name: 'mounted', mountPath: '/etc/mounted', defaultMode: 256, readOnly: true },
  serviceAccountName: 'member',
  volumeProjections: [{ pvcName: 'shared', mountPath: '/mnt/shared', readOnly: true }],
};

const configs: Readonly<Record<string, ConfigSpec>> = {
  'no config': {},
  'a config': {
    nativeSystemdSupport: true,
    podLabels: { global: 'label' },
    podAnnotations: { global: 'annotation' },
    defaultStorageClassName: 'default',
  },
};

function templates(): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const file of readdirSync(apps).sort()) {
    const app = defaultApp(parse(readFileSync(new URL(file, apps), 'utf8')) as KubeDirectorApp) as KubeDirectorApp;
    for (const [kind, more] of Object.entries({ bare: {}, rich })) {
      for (const [settings, config] of Object.entries(configs)) {
        const roles = app.spec.roles.map(({ id }) => ({ id, members: 1, resources, ...more }));
        const cluster = {
          apiVersion: app.apiVersion,
          kind: 'KubeDirectorCluster',
          metadata: { name: 'one', namespace: 'default' },
          spec: { app: app.metadata.name ?? '', roles },
        } as KubeDirectorCluster;
        for (const [role, { spec }] of previewStatefulSets(cluster, app, config)) {
          made[`${file}, ${kind}, ${settings}: ${role}`] = JSON.parse(JSON.stringify(spec));
        }
      }
    }
  }
  return made;
}

const own = new URL(`${version}.json`, folder);
if (process.env['UPDATE_POD_TEMPLATES'] !== undefined)
  writeFileSync(own, `${JSON.stringify(templates(), undefined, 2)}\n`);

describe('The pods of StatefulSets', () => {
  it('are recorded for this version', () => {
    expect(existsSync(own)).toBe(true);
  });

  it.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('are those of %s', (file) => {
    const recorded = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, unknown>;
    const now = templates();
    expect(Object.keys(now)).toEqual(expect.arrayContaining(Object.keys(recorded)));
    expect(Object.keys(recorded).length).toBeGreaterThanOrEqual(20);
    for (const [name, spec] of Object.entries(recorded)) {
      if (deliberate[file]?.[name] === undefined) expect(now[name], name).toEqual(spec);
    }
  });
});
