/** The oldest kubectl that is tested, and the one on PATH: what they print of our kinds is what they print of custom resources. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from '../e2e/support/cluster.ts';
import { installation, kubeconfig } from '../e2e/support/installation.ts';
import { sampleApp, sampleCluster } from '../e2e/support/samples.ts';
import { command, type Ended } from '../support/command.ts';
import { built, missingTools } from './support/program.ts';
import { oldKubectl } from './support/sources.ts';
import { dropTwins, makeTwins, ourApps, twinApps, type Target } from './support/targets.ts';

const missing = missingTools(oldKubectl);
const cluster = clusterOf(installation());
const directory = mkdtempSync(join(installation().directory, 'kubectl-'));

/** An editor that sets a label: sed, with the file that kubectl names. */
const editor = `sed -i s/tier:.*/tier:\\ edited/`;

/** Of an app in a file, by its kind in full; the file of the second apply has no label "gone". */
function commands(kind: string, file: string, second: string): readonly (readonly string[])[] {
  const one = `${kind}/sample`;
  return [
    ['create', '--dry-run=server', '-f', file],
    ['apply', '-f', file],
    ['apply', '-f', file],
    ['diff', '-f', file],
    ['diff', '-f', second],
    ['get', one, '-o=jsonpath={.metadata.labels}'],
    ['get', one, '-o=custom-columns=NAME:.metadata.name,VERSION:.spec.version,GENERATION:.metadata.generation'],
    ['get', kind, '-l=tier=gold', '-o=name'],
    ['get', kind, '--field-selector=metadata.name=other', '-o=name'],
    ['label', one, 'tier=silver'],
    ['label', one, 'tier=silver', '--overwrite'],
    ['annotate', one, 'note=yes'],
    ['annotate', one, 'note-'],
    ['patch', one, '--type=merge', '-p={"spec":{"version":"1.1"}}'],
    ['patch', one, '--type=merge', '-p={"spec":{"version":"1.1"}}'],
    ['edit', one],
    // Server-side apply takes over from client-side apply, and the other way round.
    ['apply', '--server-side', '-f', second],
    ['apply', '--server-side', '--force-conflicts', '-f', second],
    ['get', one, '-o=jsonpath={.metadata.labels}'],
    ['diff', '--server-side', '-f', second],
    ['apply', '-f', file],
    ['apply', '--server-side', '-f', file],
    ['apply', 'view-last-applied', one],
    ['wait', one, '--for=jsonpath={.spec.version}=1.0', '--timeout=5s'],
    ['wait', one, '--for=condition=Ready', '--timeout=1s'],
    ['auth', 'can-i', 'update', kind],
    ['auth', 'can-i', 'update', kind, '--as=nobody'],
    // What there is for Deployments and not for these.
    ['rollout', 'status', one],
    ['rollout', 'restart', one],
    ['set', 'image', one, 'a=b'],
    ['expose', one, '--port=80'],
    ['autoscale', one, '--max=2'],
    ['logs', one],
    ['replace', '-f', file],
    ['replace', '--force', '-f', file],
    ['delete', '-f', file, '--timeout=20s'],
    ['get', one],
    ['delete', one],
    ['delete', one, '--ignore-not-found'],
  ];
}

describe.skipIf(missing !== undefined)(`kubectl${missing === undefined ? '' : ` (${missing})`}`, () => {
  const programs: Record<string, string> = { current: 'kubectl' };
  const namespaces: string[] = [];

  beforeAll(async () => {
    programs['1.32'] = join(await built(oldKubectl), 'kubectl');
    await makeTwins(cluster);
  });
  afterAll(async () => {
    await dropTwins(cluster);
    await cluster.dropNamespaces(...namespaces);
    rmSync(directory, { recursive: true });
  });

  const run = (version: string, namespace: string, args: readonly string[]): Promise<Ended> =>
    command(
      ['--kubeconfig', kubeconfig(), '--cache-dir', join(directory, `cache-${version}`), '-n', namespace, ...args],
      {
        executable: programs[version] ?? '',
        env: { KUBE_EDITOR: editor },
      },
    ).ended;

  /** What kubectl prints of each command, with the group and the namespace under names of their own. */
  async function play(version: string, { group, resource, namespace, object }: Target): Promise<readonly string[]> {
    const file = (name: string, labels: object): string => {
      const path = join(directory, `${name}.json`);
      writeFileSync(path, JSON.stringify({ ...object, metadata: { namespace, name: 'sample', labels } }));
      return path;
    };
    const printed: string[] = [];
    const first = file('first', { tier: 'gold', gone: 'soon' });
    for (const args of commands(`${resource}.${group}`, first, file('second', { tier: 'gold' }))) {
      const { code, stdout, stderr } = await run(version, namespace, args);
      const text = `${args.join(' ')}\n${code}\n${stdout}${stderr}`;
      printed.push(withoutChance(text.replaceAll(group, 'GROUP').replaceAll(namespace, 'NAMESPACE')));
    }
    return printed;
  }

  describe.each(['1.32', 'current'])('%s', (version) => {
    it('prints of apps what it prints of custom resources', async () => {
      const ours = await cluster.makeNamespace('kubectl');
      const twins = await cluster.makeNamespace('kubectl-twin');
      namespaces.push(ours, twins);
      const printed = await play(version, ourApps(ours));
      expect(printed).toEqual(await play(version, twinApps(twins)));
      const succeeded = printed.filter((text) => text.split('\n')[1] === '0');
      expect(succeeded.map((text) => text.split(' ')[0])).toEqual(
        expect.arrayContaining(['apply', 'diff', 'edit', 'label', 'patch', 'replace', 'wait', 'delete']),
      );
    });

    it('waits for a cluster, shows it, scales it and watches it go', async () => {
      const namespace = await cluster.makeNamespace('kubectl');
      namespaces.push(namespace);
      await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name: 'one', workers: 1 })]);
      const ok = async (...args: readonly string[]): Promise<string> => {
        const { code, stdout, stderr } = await run(version, namespace, args);
        // Only what a change will do is said beside the output.
        expect(`${code}${stderr.replace(/^Warning: role worker: .*\n/gm, '')}`).toBe('0');
        return stdout;
      };
      await ok('wait', 'kdcluster/one', '--for=condition=Ready', '--timeout=55s');
      expect(await ok('get', 'kdcluster', '-o=wide')).toMatch(
        /^NAME +KDAPP +STATE +READY .*CATALOG +SERVICE TYPE +MESSAGE/,
      );
      await ok('scale', 'kdcluster/one', '--replicas=2', '--current-replicas=1');
      await ok('wait', 'kdrole/one.worker', '--for=jsonpath={.status.replicas}=2', '--timeout=30s');
      expect(await ok('events', '--for=kdcluster/one')).toContain('KubeDirectorCluster/one');
      expect(await ok('explain', 'kdcluster.status.conditions')).toMatch(/FIELD: conditions/);
      expect(await ok('api-resources', '--api-group=kubedirector.hpe.com', '--verbs=list', '-o=name')).toContain(
        'kubedirectorroles.',
      );
      const patched = await ok(
        'patch',
        'kdcluster/one',
        '--subresource=scale',
        '--type=merge',
        '-p={"spec":{"replicas":1}}',
      );
      expect(patched).toContain('patched');
      await ok('delete', 'kdcluster/one', '--wait=false');
      await ok('wait', 'kdcluster/one', '--for=delete', '--timeout=55s');
      await eventually('the pods to go', async () => (await ok('get', 'pods', '-o=name')) === '');
    });
  });
});

/** Ages, uids, versions and times. */
function withoutChance(text: string): string {
  return text
    .replace(/(resourceVersion|uid|creationTimestamp|time)"?: "?[\w:-]+"?/g, '$1: …')
    .replace(/(generation:) \d+/g, '$1 …')
    .replace(/(LIVE|MERGED)-\d+/g, '$1')
    .replace(/\d{4}-\d\d-\d\d[ T][\d:.]+( [+-]\d{4}|Z)?/g, '…');
}
