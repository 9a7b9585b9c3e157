/** What the composition root takes of this room. */
export type { Holders } from './in-use.ts';
export { createGroup, type GroupDependencies, type GroupResourceEntry, type KubeDirectorGroup } from './group.ts';
export { createUrlProbe, trustUrls } from './url-probe.ts';
