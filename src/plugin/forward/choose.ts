/** Which endpoint of a cluster is opened. */
import type { KubeDirectorEndpoint } from '../../apis/kubedirector/types.ts';
import { plainLine } from '../../view/plain-text.ts';

interface Wanted {
  readonly cluster: string;
  /** The ID of the app's service. */
  readonly service?: string;
  /** The name of a member's pod. */
  readonly member?: string;
}

/**
 * The endpoint of the first ready member.
 * @param endpoints those of the cluster
 * @throws Error that says which there are, where that is no single service, or none that is ready
 */
export function chooseEndpoint(
  endpoints: readonly KubeDirectorEndpoint[],
  { cluster, service, member }: Wanted,
): KubeDirectorEndpoint {
  const web = endpoints.filter(({ spec }) => spec?.scheme === 'http' || spec?.scheme === 'https');
  if (web.length === 0) throw new Error(`there is no cluster ${cluster} with a service that a browser can open`);
  const ofService = web.filter(({ spec }) => service === undefined || spec?.service === service);
  const services = distinct(web, ({ spec }) => spec?.service);
  if (ofService.length === 0) throw new Error(`there is no service ${service}; there are: ${services}`);
  if (service === undefined && distinctCount(ofService) > 1) {
    throw new Error(`name one of the services: kubectl kd open ${cluster}/SERVICE; there are: ${services}`);
  }
  const ofMember = ofService.filter(({ spec }) => member === undefined || spec?.member === member);
  const members = distinct(ofService, ({ spec }) => spec?.member);
  if (ofMember.length === 0) throw new Error(`no member ${member} has this service; these have it: ${members}`);
  const found = ofMember.find(({ status }) => status?.ready === true);
  if (found !== undefined) return found;
  throw new Error(`no member with this service is ready; kubectl kd doctor ${cluster} may say why`);
}

/** The path on the API server under which it passes requests on to an endpoint; without a slash at its end. */
export function proxyOf({
  namespace = '',
  name = '',
}: {
  readonly namespace?: string;
  readonly name?: string;
}): string {
  const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces';
  return `${root}/${encodeURIComponent(namespace)}/kubedirectorendpoints/${encodeURIComponent(name)}/proxy`;
}

/** The path on the member's server where the app says that its service begins. */
export function homeOf({ status }: KubeDirectorEndpoint): string {
  const url = status?.url ?? '';
  if (!URL.canParse(url)) return '/';
  const { pathname, search } = new URL(url);
  // Two slashes at the start would lead to another host.
  return `/${pathname.replace(/^[/\\]+/, '')}${search}`;
}

function distinct(
  endpoints: readonly KubeDirectorEndpoint[],
  of: (endpoint: KubeDirectorEndpoint) => string | undefined,
): string {
  return [...new Set(endpoints.map((one) => plainLine(of(one) ?? '')))].sort().join(', ');
}

function distinctCount(endpoints: readonly KubeDirectorEndpoint[]): number {
  return new Set(endpoints.map(({ spec }) => spec?.service)).size;
}
