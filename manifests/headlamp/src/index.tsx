/** Registers the views of KubeDirector's resources in Headlamp. They only show: nothing is changed from here. */
import { registerRoute, registerSidebarEntry } from '@kinvolk/headlamp-plugin/lib';
import type { ReactNode } from 'react';
import { AppDetails, AppList } from './apps.tsx';
import { BackupDetails, BackupList } from './backups.tsx';
import { ClusterDetails, ClusterList } from './clusters.tsx';
import { routes } from './resources.ts';

interface Kind {
  readonly folder: string;
  readonly label: string;
  readonly List: () => ReactNode;
  readonly Details: () => ReactNode;
  /** Of the details' route. */
  readonly route: string;
}

const kinds: readonly Kind[] = [
  { folder: 'clusters', label: 'Clusters', List: ClusterList, Details: ClusterDetails, route: routes.cluster },
  { folder: 'apps', label: 'Apps', List: AppList, Details: AppDetails, route: routes.app },
  { folder: 'backups', label: 'Backups', List: BackupList, Details: BackupDetails, route: routes.backup },
];

registerSidebarEntry({
  parent: null,
  name: 'kubedirector',
  label: 'KubeDirector',
  // One of those that Headlamp has with it: others come from the internet.
  icon: 'mdi:layers-triple-outline',
  url: '/kubedirector/clusters',
});
for (const { folder, label, List, Details, route } of kinds) {
  const [url, sidebar] = [`/kubedirector/${folder}`, `kubedirector-${folder}`];
  registerSidebarEntry({ parent: 'kubedirector', name: sidebar, label, url });
  registerRoute({ path: url, sidebar, name: sidebar, exact: true, component: () => <List /> });
  registerRoute({ path: `${url}/:namespace/:name`, sidebar, name: route, exact: true, component: () => <Details /> });
}
