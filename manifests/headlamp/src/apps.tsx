/** The apps, and one of them. */
import { CommonComponents } from '@kinvolk/headlamp-plugin/lib';
import type { ReactNode } from 'react';
import type { KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import { plainLines } from '../../../src/view/plain-text.ts';
import { nameColumn, Section, useNamed } from './parts.tsx';
import { App, appOf, routes, type Fetched } from './resources.ts';

const { DetailsGrid, ResourceListView } = CommonComponents;
const labelOf = (item: Fetched): string => plainLines(appOf(item).spec.label.name);
const versionOf = (item: Fetched): string => plainLines(appOf(item).spec.version);
const rolesOf = (item: Fetched): string =>
  appOf(item)
    .spec.roles.map(({ id }) => id)
    .join(', ');

export function AppList(): ReactNode {
  return (
    <ResourceListView
      title="Apps of KubeDirector"
      resourceClass={App}
      id="kubedirector-apps"
      columns={[
        nameColumn(routes.app),
        'namespace',
        'cluster',
        { id: 'label', label: 'Title', getValue: labelOf },
        { id: 'version', label: 'Version', getValue: versionOf },
        { id: 'roles', label: 'Roles', getValue: rolesOf },
        'age',
      ]}
    />
  );
}

export function AppDetails(): ReactNode {
  const { namespace, name } = useNamed();
  return (
    <DetailsGrid
      resourceType={App}
      name={name}
      namespace={namespace}
      withEvents
      extraInfo={(item) => item && facts(appOf(item))}
      extraSections={(item) =>
        item && [
          { id: 'kubedirector.roles', section: <Roles app={appOf(item)} /> },
          { id: 'kubedirector.services', section: <Services app={appOf(item)} /> },
        ]
      }
    />
  );
}

function facts({ spec }: KubeDirectorApp): { name: string; value: ReactNode }[] {
  return [
    { name: 'Title', value: plainLines(spec.label.name) },
    { name: 'Description', value: plainLines(spec.label.description ?? '') },
    { name: 'Version', value: plainLines(spec.version) },
    { name: 'Distribution', value: plainLines(spec.distroID) },
    { name: 'Can be upgraded', value: spec.upgradable === true ? 'yes' : 'no' },
  ];
}

function Roles({ app }: { readonly app: KubeDirectorApp }): ReactNode {
  const { roles, defaultImageRepoTag = '' } = app.spec;
  return (
    <Section
      title="Roles"
      rows={roles}
      empty="The app has no roles."
      columns={[
        { label: 'Role', getter: ({ id }) => id },
        { label: 'Members', getter: ({ cardinality }) => cardinality },
        { label: 'Image', getter: ({ imageRepoTag }) => plainLines(imageRepoTag ?? defaultImageRepoTag) },
      ]}
    />
  );
}

function Services({ app }: { readonly app: KubeDirectorApp }): ReactNode {
  const { services = [], config } = app.spec;
  const rolesWith = (service: string): string =>
    config.roleServices
      .filter(({ serviceIDs }) => serviceIDs.includes(service))
      .map(({ roleID }) => roleID)
      .join(', ');
  return (
    <Section
      title="Services"
      rows={services}
      empty="The app has no services."
      columns={[
        { label: 'Service', getter: ({ id, label }) => plainLines(label?.name ?? id) },
        { label: 'Port', getter: ({ endpoint }) => endpoint?.port },
        { label: 'Protocol', getter: ({ endpoint }) => endpoint?.urlScheme },
        { label: 'Roles', getter: ({ id }) => rolesWith(id) },
        { label: 'Token', getter: ({ endpoint }) => (endpoint?.hasAuthToken === true ? 'yes' : 'no') },
      ]}
    />
  );
}
