/** Our kinds, and the same kinds as custom resources of kube-apiserver, to compare what a client sees of both. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '../../e2e/support/cluster.ts';
import { group, sampleApp, sampleCluster } from '../../e2e/support/samples.ts';

const run = promisify(execFile);

/** What the programs take as their target. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  /** What is made, but for its name. */
  readonly object: object;
}

const twinGroup = 'twin.kubedirector.example';
const twinKinds = ['KubeDirectorApp', 'KubeDirectorCluster'] as const;
const twinNames = twinKinds.map((kind) => `crd/${kind.toLowerCase()}s.${twinGroup}`);

export const ourApps = (namespace: string): Target => ({
  ...{ group, version: 'v1beta1', resource: 'kubedirectorapps', namespace },
  object: sampleApp({ namespace }),
});

export const ourClusters = (namespace: string): Target => ({
  ...{ group, version: 'v1beta1', resource: 'kubedirectorclusters', namespace },
  object: sampleCluster({ namespace, name: 'any' }),
});

export const twinApps = (namespace: string): Target => ({
  ...ourApps(namespace),
  group: twinGroup,
  object: { ...sampleApp({ namespace }), apiVersion: `${twinGroup}/v1beta1` },
});

/** Resolves once kube-apiserver serves them. */
export async function makeTwins({ kubectl, ok }: Cluster): Promise<void> {
  const args = ['tools/run.js', 'tools/crd.ts', '--group', twinGroup, ...twinKinds];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 26 });
  const { code, stderr } = await kubectl.withInput(nameless(stdout), 'apply', '--server-side', '-f', '-');
  if (code !== 0) throw new Error(`the custom resources were not made: ${stderr}`);
  await ok('wait', '--for=condition=Established', ...twinNames, '--timeout=30s');
}

/**
 * Makes kube-apiserver forget all changes of the twins' objects: with a new schema, a resource gets a new watch cache
 * (`apiextensions-apiserver/pkg/apiserver/customresource_handler.go`).
 */
export async function forgetTwins({ ok }: Cluster): Promise<void> {
  const column = { name: 'Version', type: 'string', jsonPath: '.spec.version' };
  const patch = [{ op: 'add', path: '/spec/versions/0/additionalPrinterColumns/-', value: column }];
  for (const name of twinNames) await ok('patch', name, '--type=json', '-p', JSON.stringify(patch));
}

export async function dropTwins({ ok }: Cluster): Promise<void> {
  await ok('delete', '--ignore-not-found', ...twinNames, '--timeout=55s');
}

/** Without short names and categories: those of our kinds are to be found. */
function nameless(list: string): string {
  const { items, ...rest } = JSON.parse(list) as { items: { spec: { names: Record<string, unknown> } }[] };
  return JSON.stringify({
    ...rest,
    items: items.map((crd) => {
      const { kind, plural, singular, listKind } = crd.spec.names;
      return { ...crd, spec: { ...crd.spec, names: { kind, plural, singular, listKind } } };
    }),
  });
}
