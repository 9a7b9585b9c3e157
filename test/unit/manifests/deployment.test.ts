import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addServeCommand } from '../../../src/cli/serve-command.ts';
import { version } from '../../../src/server/version.ts';
import { addedToDeployment, only, overlays, readText, type Container, type Overlay } from './manifest-files.ts';

interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

const { template, selector } = only('Deployment', 'kubedirector').spec as {
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  selector: { matchLabels: Record<string, string> };
};
const pod = template.spec;
const container = (() => {
  const [first, ...others] = pod.containers;
  if (first === undefined || others.length > 0) throw new Error('the pod has one container');
  return first;
})();

/** The overlay cert-manager is built on the overlay lowdb. */
const layers: Readonly<Record<Overlay, readonly Overlay[]>> = {
  lowdb: ['lowdb'],
  'cert-manager': ['lowdb', 'cert-manager'],
  etcd: ['etcd'],
};
const argsOf = (overlay: Overlay): string[] => [
  ...container.args,
  ...layers[overlay].flatMap((layer) => addedToDeployment(layer, 'args') as string[]),
];

/** Flags of `kubedirector serve`. */
function serveCommand(): Command {
  const program = new Command();
  const exit = (): never => {
    throw new Error('not here');
  };
  addServeCommand(program, { on: () => undefined, exit, stdout: { write: () => true } });
  const command = program.commands.find((each) => each.name() === 'serve');
  if (command === undefined) throw new Error('there is no serve');
  return command;
}

describe('The Deployment', () => {
  it.each(overlays)('in overlay %s calls `serve` with flags that exist', (overlay) => {
    const [command, ...flags] = argsOf(overlay);
    expect(command).toBe('serve');
    const known = serveCommand().options.map(({ long }) => long);
    for (const flag of flags) expect(known).toContain(flag.split('=')[0]);
  });

  it('runs the image of this version, with the entry point of the Dockerfile', () => {
    expect(container.image).toBe(`kubedirector:${version}`);
    const entrypoint = /^ENTRYPOINT (.*)$/m.exec(readText('Dockerfile'))?.[1] ?? '';
    expect(container.command).toEqual(JSON.parse(entrypoint));
  });

  it('runs as the numeric user of the image, without privileges, and with a read-only root file system', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(readText('Dockerfile')).toMatch(/^USER 65532:65532$/m);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const shared of ['hostNetwork', 'hostPID', 'hostIPC']) expect(Object.keys(pod)).not.toContain(shared);
  });

  it('is probed over HTTPS at the port that the program listens on', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      expect(probe?.httpGet).toMatchObject({ port: 'https', scheme: 'HTTPS' });
    }
    expect(livenessProbe?.httpGet.path).toBe('/livez');
    expect(readinessProbe?.httpGet.path).toBe('/readyz');
    const port = container.args.find((flag) => flag.startsWith('--port='))?.split('=')[1];
    expect(container.ports).toEqual([{ name: 'https', containerPort: Number(port) }]);
  });

  it('has requests and limits, and a heap of at most 80 % of the memory limit', () => {
    for (const list of [container.resources.requests, container.resources.limits]) {
      expect(Object.keys(list).sort()).toEqual(['cpu', 'memory']);
    }
    expect(container.resources.limits['memory']).toBe('1Gi');
    const options = container.env.find(({ name }) => name === 'NODE_OPTIONS')?.value;
    const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(options ?? '')?.[1]);
    expect(heapMiB).toBeGreaterThan(0);
    expect(heapMiB).toBeLessThanOrEqual(0.8 * 1024);
  });

  it('gives the pod more time to stop than the default --shutdown-grace', () => {
    const grace = serveCommand().options.find(({ long }) => long === '--shutdown-grace')?.defaultValue as number;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(grace);
  });

  it('in overlay etcd gives the pod time for all that it does before it ends', () => {
    const seconds = (flag: string): number =>
      Number(
        argsOf('etcd')
          .find((arg) => arg.startsWith(`${flag}=`))
          ?.split('=')[1] ?? 10,
      );
    const flags = ['--shutdown-delay', '--shutdown-watch-spread', '--shutdown-grace'];
    const needed = flags.reduce((sum, flag) => sum + seconds(flag), 0);
    const patch = readText('manifests/overlays/etcd/deployment-patch.yaml');
    const grace = /terminationGracePeriodSeconds\n *value: (\d+)/.exec(patch)?.[1];
    expect(Number(grace)).toBeGreaterThan(needed);
    // The probe fails for the last time before the delay is over.
    const probe = container.readinessProbe as unknown as { periodSeconds: number };
    expect(seconds('--shutdown-delay')).toBeGreaterThan(probe.periodSeconds);
  });

  it('in overlay etcd is kept by its disruption budget', () => {
    const budget = only('PodDisruptionBudget', 'kubedirector').spec;
    expect(budget).toMatchObject({ maxUnavailable: 1, selector });
  });

  it.each(overlays)('in overlay %s mounts each volume at a path that a flag uses', (overlay) => {
    const mounts = layers[overlay].flatMap((layer) =>
      addedToDeployment(layer, 'volumeMounts'),
    ) as typeof container.volumeMounts;
    const volumes = layers[overlay].flatMap((layer) => addedToDeployment(layer, 'volumes')) as typeof pod.volumes;
    expect(mounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
    const paths = argsOf(overlay).map((flag) => flag.split('=')[1] ?? '');
    for (const { mountPath } of mounts) expect(paths.some((path) => path.startsWith(mountPath))).toBe(true);
  });

  it('is selected by the Service and the NetworkPolicy, and the Service uses the port https', () => {
    const service = only('Service', 'kubedirector').spec as { selector: object; ports: { targetPort: string }[] };
    const policy = only('NetworkPolicy', 'kubedirector').spec as { podSelector: object };
    expect(service.selector).toEqual(selector.matchLabels);
    expect(policy.podSelector).toEqual({ matchLabels: selector.matchLabels });
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(service.ports.map(({ targetPort }) => targetPort)).toEqual(['https']);
  });
});
