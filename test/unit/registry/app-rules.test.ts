/** Every rule of apps, broken one by one, and several at once. */
import { describe, expect, it } from 'vitest';
import { minimalApp } from './objects.ts';
import { causes } from './fixture.ts';
import { changed, eachWithApps, fixture, type Change } from './apps-fixture.ts';

eachWithApps();

describe('an app is refused', () => {
  const cases: [string, Change, string][] = [
    [
      'whose configSchemaVersion is below 7',
      (spec) => (spec.configSchemaVersion = 6),
      'spec.configSchemaVersion: Invalid value: 6: spec.configSchemaVersion in body should be greater than or equal to 7',
    ],
    ['without a label', (spec) => Reflect.deleteProperty(spec, 'label'), 'spec.label: Required value'],
    [
      'whose logo is no picture',
      (spec) => (spec.logoURL = 'https://example.com/logo.svg'),
      'spec.logoURL: Invalid value: "https://example.com/logo.svg": spec.logoURL in body should match \'^(file|https?)://.+\\.(jpeg|png)$\'',
    ],
    ...[
      ...['registry.example.com/a', 'oci://', 'oci://registry.example.com', 'oci://Registry/a:1', 'oci://r/a b'],
      ...['oci://r/a:', 'oci://r/a:-', 'oci://r/a@sha256:abc', 'oci://r/../a', 'oci://user:pass@r/a', 'oci://r//a:1'],
      ...['ftp://r/a.tgz', 'https://r/a.tar', `oci://r/a:${'x'.repeat(129)}`],
    ].map((packageURL): [string, Change, string] => [
      `whose package is at ${packageURL}`,
      (spec) => (spec.defaultConfigPackage = { packageURL }),
      `spec.defaultConfigPackage.packageURL: Invalid value: ${JSON.stringify(packageURL)}: spec.defaultConfigPackage.packageURL in body should match`,
    ]),
    [
      'whose label is too long for an annotation',
      ({ label }) => (label.name = 'x'.repeat(131_073)),
      'spec.label.name: Too long: may not be more than 131072 bytes',
    ],
    [
      'whose image ends with a space',
      ({ roles }) => Object.assign(roles[0] ?? {}, { imageRepoTag: 'example.com/a:1 ' }),
      'spec.roles[0].imageRepoTag: Invalid value: "example.com/a:1 ": must not have leading or trailing whitespace',
    ],
    [
      'that keeps the root on volumes',
      ({ roles }) => Object.assign(roles[0] ?? {}, { persistDirs: ['/data', '/data/..'] }),
      'spec.roles[0].persistDirs[1]: Invalid value: "/data/..": must be a directory below /',
    ],
    [
      'with a role twice',
      ({ roles }) => roles.push({ id: 'only', cardinality: '1' }),
      'spec.roles[1]: Duplicate value: {"id":"only"}',
    ],
    [
      'with a service twice',
      ({ services }) => services?.push({ id: 'web' }),
      'spec.services[1]: Duplicate value: {"id":"web"}',
    ],
    [
      'that selects a role twice',
      ({ config }) => config.selectedRoles.push('only'),
      'spec.config.selectedRoles[1]: Duplicate value: "only"',
    ],
    [
      'that gives a role services twice',
      ({ config }) => config.roleServices.push({ roleID: 'only', serviceIDs: [] }),
      'spec.config.roleServices[1]: Duplicate value: {"roleID":"only"}',
    ],
    [
      'that selects an unknown role',
      ({ config }) => config.selectedRoles.push('other'),
      'spec.config.selectedRoles[1]: Unsupported value: "other": supported values: "only"',
    ],
    [
      'that gives services to an unknown role',
      ({ config }) => config.roleServices.push({ roleID: 'other', serviceIDs: [] }),
      'spec.config.roleServices[1].roleID: Unsupported value: "other": supported values: "only"',
    ],
    [
      'that gives a role an unknown service',
      ({ config }) => config.roleServices[0]?.serviceIDs.push('mail'),
      'spec.config.roleServices[0].serviceIDs[1]: Unsupported value: "mail": supported values: "web"',
    ],
    [
      'whose updateOrder names a role twice',
      (spec) => (spec.updateOrder = ['only', 'only']),
      'spec.updateOrder[1]: Duplicate value: "only"',
    ],
    [
      'whose updateOrder names an unknown role',
      (spec) => (spec.updateOrder = ['other']),
      'spec.updateOrder[0]: Unsupported value: "other": supported values: "only"',
    ],
    [
      'with a service that listens and whose id has no letter',
      ({ services, config }) => {
        services?.push({ id: '8081', endpoint: { port: 8081 } });
        config.roleServices[0]?.serviceIDs.push('8081');
      },
      'spec.services[1].id: Invalid value: "8081": as it listens, its id becomes the name of a port, which must contain at least one letter',
    ],
    [
      'with a service that listens and whose id has two hyphens in a row',
      ({ services, config }) => {
        services?.push({ id: 'a--b', endpoint: { port: 8081 } });
        config.roleServices[0]?.serviceIDs.push('a--b');
      },
      'spec.services[1].id: Invalid value: "a--b": as it listens, its id becomes the name of a port, which must not contain consecutive hyphens',
    ],
    [
      'with two services of one role at one port',
      ({ services, config }) => {
        services?.push({ id: 'other', endpoint: { port: 8080 } });
        config.roleServices[0]?.serviceIDs.push('other');
      },
      'spec.config.roleServices[0].serviceIDs[1]: Invalid value: "other": it has port 8080, as service "web" of the role has',
    ],
    [
      'with two services of one role whose ports would have one name',
      ({ services, config }) => {
        services?.push({ id: 'b-c', endpoint: { port: 1, urlScheme: 'a' } });
        services?.push({ id: 'c', endpoint: { port: 2, urlScheme: 'a-b' } });
        config.roleServices[0]?.serviceIDs.push('b-c', 'c');
      },
      'spec.config.roleServices[0].serviceIDs[2]: Invalid value: "c": the name of its port is "a-b-c", as that of service "b-c" of the role',
    ],
    [
      'that gives a role one listening service twice',
      ({ config }) => config.roleServices[0]?.serviceIDs.push('web'),
      'spec.config.roleServices[0].serviceIDs[1]: Invalid value: "web": the role has it already',
    ],
    [
      'with a role that has no image from anywhere',
      (spec) => Reflect.deleteProperty(spec, 'defaultImageRepoTag'),
      'spec.roles[0].imageRepoTag: Required value: a role must have an image where there is no defaultImageRepoTag',
    ],
    [
      'with a terminal that has no standard input',
      ({ roles }) => Object.assign(roles[0] ?? {}, { containerSpec: { tty: true } }),
      'spec.roles[0].containerSpec.tty: Invalid value: true: must come with stdin: true',
    ],
    [
      'that says how often a health check runs which its package is not called for',
      ({ roles }) => Object.assign(roles[0] ?? {}, { healthcheck: { periodSeconds: 10 } }),
      'spec.roles[0].healthcheck: Forbidden: is only for a role whose eventList names healthcheck',
    ],
    [
      'whose health checks have no time',
      ({ roles }) => Object.assign(roles[0] ?? {}, { eventList: ['healthcheck'], healthcheck: { timeoutSeconds: 0 } }),
      'spec.roles[0].healthcheck.timeoutSeconds: Invalid value: 0',
    ],
    [
      'whose health checks hold a command longer than a minute',
      ({ roles }) => Object.assign(roles[0] ?? {}, { eventList: ['healthcheck'], healthcheck: { timeoutSeconds: 61 } }),
      'spec.roles[0].healthcheck.timeoutSeconds: Invalid value: 61',
    ],
    [
      'with a dashboard that has no scheme',
      ({ services }) => Object.assign(services?.[0] ?? {}, { endpoint: { port: 80, isDashboard: true } }),
      'spec.services[0].endpoint.urlScheme: Required value: a dashboard must have one',
    ],
    [
      'whose least storage is no quantity',
      ({ roles }) => Object.assign(roles[0] ?? {}, { minStorage: { size: 'much' } }),
      'spec.roles[0].minStorage.size: Invalid value: "much"',
    ],
    [
      'with a directory that ends in a slash',
      (spec) => (spec.defaultPersistDirs = ['/data/']),
      'spec.defaultPersistDirs[0]: Invalid value: "/data/"',
    ],
    [
      'with an unknown event',
      (spec) => Object.assign(spec, { defaultEventList: ['reboot'] }),
      'spec.defaultEventList[0]: Unsupported value: "reboot": supported values: "configure", "addnodes", "delnodes"',
    ],
    [
      'whose cardinality is none',
      ({ roles }) => Object.assign(roles[0] ?? {}, { cardinality: 'many' }),
      'spec.roles[0].cardinality: Invalid value: "many"',
    ],
  ];
  it.each(cases)('%s', async (_title, change, expected) => {
    const found = await causes(fixture.app(changed(change)));
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(expected), found[0]).toBe(true);
  });

  it.each([
    'file:///opt/a.tgz',
    'https://example.com/a.tgz',
    'oci://registry.example.com/packages/a:1.0',
    'oci://localhost:5000/a',
    `oci://registry.example.com/a:1@sha256:${'0'.repeat(64)}`,
  ])('but not for its package at %s', async (packageURL) => {
    await expect(fixture.app(changed((spec) => (spec.defaultConfigPackage = { packageURL })))).resolves.toBeDefined();
  });

  it('and offered each of its ids once, also those that are there twice', async () => {
    const found = await causes(
      fixture.app(
        changed(({ roles, config }) => {
          roles.push({ id: 'only', cardinality: '1' });
          config.selectedRoles.push('other');
        }),
      ),
    );
    expect(found).toContain('spec.config.selectedRoles[1]: Unsupported value: "other": supported values: "only"');
  });

  it('with everything that is wrong with it in one answer, wrong types included', async () => {
    const found = await causes(
      fixture.app(
        changed((spec) => {
          Object.assign(spec, { configSchemaVersion: 'seven', version: 3 });
          spec.config.selectedRoles.push('other', 'only');
          spec.roles.push('not a role' as never, { id: 'second', cardinality: '1', containerSpec: { tty: true } });
        }),
      ),
    );
    expect(found.map((cause) => cause.split(': ')[0])).toEqual([
      'spec.version',
      'spec.configSchemaVersion',
      'spec.roles[1]',
      // Both that it is no object and that a list map needs one, as kube-apiserver answers.
      'spec.roles[1]',
      'spec.roles[2].containerSpec.tty',
      'spec.config.selectedRoles[1]',
      'spec.config.selectedRoles[2]',
    ]);
  });

  it('whose name is longer than a label value', async () => {
    const found = await causes(fixture.app({ ...minimalApp, metadata: { name: 'a'.repeat(64) } }));
    expect(found).toEqual([expect.stringContaining('metadata.name: Invalid value')]);
    expect(found[0]).toContain('must be no more than 63 characters');
  });
});
