/** Probes in apps: as core/v1 has them, but that they may name services, and ask no other host. */
import { describe, expect, it } from 'vitest';
import type { AppRole, AppSpec } from '../../../src/apis/kubedirector/types.ts';
import { causes } from './fixture.ts';
import { changed, eachWithApps, fixture } from './apps-fixture.ts';

eachWithApps();

type Probe = NonNullable<AppRole['livenessProbe']>;
type Kind = 'startupProbe' | 'readinessProbe' | 'livenessProbe';

const withProbe = (probe: Probe, kind: Kind = 'livenessProbe', more: (spec: AppSpec) => void = () => undefined) =>
  fixture.app(
    changed((spec) => {
      Object.assign(spec.roles[0] ?? {}, { [kind]: probe });
      more(spec);
    }),
  );

describe('an app with a probe', () => {
  it.each<[string, Probe]>([
    ['a command', { exec: { command: ['/bin/true'] } }],
    ['a service of the role', { httpGet: { path: '/ui', port: 'web' }, periodSeconds: 5 }],
    ['a port', { tcpSocket: { port: 7077 }, failureThreshold: 30 }],
    ['gRPC', { grpc: { port: 9090, service: 'health' } }],
    ['numbers that stand for defaults', { tcpSocket: { port: 'web' }, periodSeconds: 0, timeoutSeconds: 0 }],
  ])('is accepted with %s', async (_what, probe) => {
    const app = await withProbe(probe, 'startupProbe', ({ roles }) => {
      Object.assign(roles[0] ?? {}, { readinessProbe: probe, livenessProbe: probe });
    });
    expect(app.spec.roles[0]).toMatchObject({ startupProbe: probe, readinessProbe: probe, livenessProbe: probe });
  });

  it.each<[string, Probe, string]>([
    ['no handler', { periodSeconds: 5 }, ': Required value: must specify a handler type'],
    [
      'two handlers',
      { exec: { command: ['a'] }, tcpSocket: { port: 1 } },
      '.tcpSocket: Forbidden: may not specify more than 1 handler type',
    ],
    ['an empty command', { exec: { command: [] } }, '.exec.command: Required value'],
    [
      'a service that does not exist',
      { tcpSocket: { port: 'mail' } },
      '.tcpSocket.port: Unsupported value: "mail": supported values: "web"',
    ],
    [
      'a port that is none',
      { httpGet: { port: 70_000 } },
      '.httpGet.port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'a scheme that is none',
      { httpGet: { port: 'web', scheme: 'FTP' } },
      '.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
    ],
    [
      'another host',
      { httpGet: { port: 'web', host: '10.0.0.1' } },
      '.httpGet.host: Forbidden: a probe asks its own member only',
    ],
    [
      'another host',
      { tcpSocket: { port: 'web', host: 'example.com' } },
      '.tcpSocket.host: Forbidden: a probe asks its own member only',
    ],
    [
      'a negative period',
      { tcpSocket: { port: 'web' }, periodSeconds: -1 },
      '.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'two successes',
      { tcpSocket: { port: 'web' }, successThreshold: 2 },
      '.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      'no grace period',
      { tcpSocket: { port: 'web' }, terminationGracePeriodSeconds: 0 },
      '.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
    ],
  ])('is refused with %s', async (_what, probe, cause) => {
    expect(await causes(withProbe(probe))).toEqual([`spec.roles[0].livenessProbe${cause}`]);
  });

  it('is refused with a service that another role has, or that does not listen', async () => {
    const other = ({ services, roles, config }: AppSpec): void => {
      services?.push({ id: 'rpc', endpoint: { port: 1 } }, { id: 'silent' });
      roles.push({ id: 'other', cardinality: '1' });
      config.selectedRoles.push('other');
      config.roleServices.push({ roleID: 'other', serviceIDs: ['rpc', 'silent'] });
    };
    const found = await Promise.all(
      ['rpc', 'silent'].map((port) => causes(withProbe({ tcpSocket: { port } }, 'startupProbe', other))),
    );
    expect(found.flat()).toEqual([
      expect.stringContaining('tcpSocket.port: Unsupported value: "rpc"'),
      expect.stringContaining('tcpSocket.port: Unsupported value: "silent"'),
    ]);
  });

  it('may ask for several successes, and for no grace period, only where it is about readiness', async () => {
    const readiness = { tcpSocket: { port: 'web' }, successThreshold: 2 };
    expect(await causes(withProbe({ ...readiness, terminationGracePeriodSeconds: 5 }, 'readinessProbe'))).toEqual([
      'spec.roles[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes',
    ]);
    await withProbe(readiness, 'readinessProbe');
  });
});
