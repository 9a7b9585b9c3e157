/**
 * The resource of a key of the store, as the configuration names it: "kubedirectorapps.kubedirector.hpe.com" for
 * "/kubedirector.hpe.com/kubedirectorapps/…", "pods" for "/core/pods/…"; '' for a key of another form, which only *.* stands for.
 */
export function resourceOf(key: string): string {
  const [, group, plural] = /^\/([^/]+)\/([^/]+)\/./.exec(key) ?? [];
  if (group === undefined || plural === undefined) return '';
  return group === 'core' ? plural : `${plural}.${group}`;
}
