/** What is shown of a member. */
import type { KubeDirectorEndpoint, MemberStatus, RoleStatus } from '../apis/kubedirector/types.ts';
import type { MemberView, ServiceView } from './contract.ts';
import { plainLine } from './plain-text.ts';

/** @param endpoints those of the member */
export function memberView(
  member: MemberStatus,
  role: RoleStatus,
  endpoints: readonly KubeDirectorEndpoint[],
): MemberView {
  const { state, stateDetail: detail, restarts = 0, revision } = member;
  const resources = resourcesText(member);
  const doing = detail.storageInitProgress ?? detail.setupProgress;
  const words = memberWords(member);
  return {
    pod: plainLine(member.pod),
    state,
    isReady: member.ready ?? state === 'configured',
    restarts,
    services: endpoints.map(serviceView),
    ...(revision === undefined || role.updateRevision === undefined
      ? {}
      : { isUpToDate: revision === role.updateRevision }),
    ...(resources === undefined ? {} : { resources }),
    ...(doing === undefined || state === 'configured' ? {} : { doing: plainLine(doing) }),
    ...(words === undefined ? {} : { lastWords: plainLine(words) }),
  };
}

/** The most telling of what status says is wrong with a member; undefined where nothing is. */
function memberWords({ stateDetail: detail }: MemberStatus): string | undefined {
  const failure = detail.configErrorDetail;
  const output = lastLine(detail.startScriptStderrMessage) ?? lastLine(detail.startScriptStdoutMessage);
  if (failure !== undefined) return output === undefined ? failure : `${failure}: ${output}`;
  return (
    detail.podErrorMessage ??
    detail.schedulingErrorMessage ??
    detail.upgradeErrorMessage ??
    detail.healthErrorMessage ??
    detail.notifyErrorMessage ??
    detail.notifyGivenUp
  );
}

function lastLine(text: string | undefined): string | undefined {
  return text
    ?.split('\n')
    .map(plainLine)
    .findLast((line) => line !== '');
}

function resourcesText({ resources }: MemberStatus): string | undefined {
  const parts = (['cpu', 'memory'] as const).flatMap((name) => {
    const [request, limit] = [resources?.requests?.[name], resources?.limits?.[name]];
    return request === undefined && limit === undefined ? [] : [`${name} ${request ?? '-'}/${limit ?? '-'}`];
  });
  return parts.length === 0 ? undefined : plainLine(parts.join(', '));
}

function serviceView({ metadata, spec, status }: KubeDirectorEndpoint): ServiceView {
  const { name = '', namespace = '' } = metadata;
  const isWeb = spec?.scheme === 'http' || spec?.scheme === 'https';
  const path = `/apis/kubedirector.hpe.com/v1beta1/namespaces/${encodeURIComponent(namespace)}/kubedirectorendpoints/`;
  return {
    endpoint: plainLine(name),
    service: plainLine(spec?.service ?? ''),
    label: plainLine(spec?.serviceName ?? spec?.service ?? ''),
    isDashboard: spec?.isDashboard ?? false,
    isReady: status?.ready ?? false,
    url: plainLine(status?.url ?? ''),
    externalURLs: (status?.externalURLs ?? []).map(plainLine),
    ...(isWeb ? { proxyPath: `${path}${encodeURIComponent(name)}/proxy/` } : {}),
  };
}
