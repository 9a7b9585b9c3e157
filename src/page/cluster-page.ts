/** The view of one cluster. */
import { html, nothing, type TemplateResult } from 'lit';
import type {
  KubeDirectorCluster,
  KubeDirectorEndpoint,
  MemberStatus,
  RoleStatus,
} from '../apis/kubedirector/types.ts';
import type { Actions } from './actions.ts';
import { clusterControls, proposalDialog, scaleControl } from './controls.ts';
import type { ClusterEvent, Detail } from './detail.ts';
import { badge, notice, shape } from './parts.ts';
import { plainLines } from '../view/plain-text.ts';
import { stayingMembers } from '../view/staying-members.ts';
import { age, clusterState, conditionWord, lastWords, memberState } from './words.ts';

/** What the view shows, and whom it tells of what the user does. */
interface ClusterPage {
  readonly detail: Detail;
  readonly actions: Actions;
  readonly now: number;
  /** Opens an endpoint through the API; absent where that is not possible from here. */
  readonly open: ((endpoint: KubeDirectorEndpoint) => void) | undefined;
}

/** The whole view. */
export function clusterPage(page: ClusterPage): TemplateResult {
  const { detail } = page;
  const { object, cluster } = detail;
  return html`<main class="cluster">
    <nav aria-label="Back"><a href="#/">All clusters</a></nav>
    ${object === undefined ? missing(detail) : known(page, object)}
    ${
      object !== undefined && cluster.state === 'broken'
        ? notice('busy', 'This may be out of date.', `${cluster.error?.message ?? ''} The page tries again by itself.`)
        : nothing
    }
    ${proposalDialog(page.actions)}
  </main>`;
}

function missing({ name, namespace, cluster }: Detail): TemplateResult {
  if (cluster.error !== undefined) {
    return html`<h1>${name}</h1>
      ${notice('bad', 'The cluster cannot be shown.', `${cluster.error.message} The page tries again by itself.`)}`;
  }
  if (cluster.state === 'loading')
    return html`<h1>${name}</h1>
      <div class="waiting" aria-hidden="true"></div>`;
  return html`<h1>${name}</h1>
    ${notice('still', `There is no cluster ${name} in ${namespace}.`, 'It may have been deleted. If it is made again, it appears here.')}`;
}

function known(page: ClusterPage, object: KubeDirectorCluster): TemplateResult {
  const { detail, now } = page;
  const { metadata, spec, status = {} } = object;
  return html`<header>
      <h1>${detail.name}</h1>
      ${badge(clusterState(object))}
      <dl class="facts">
        ${fact('Namespace', detail.namespace)} ${fact('App', plainLines(status.app ?? spec.app))}
        ${fact('Age', age(metadata.creationTimestamp, now))}
        ${status.upgradeInfo?.nextApp === undefined ? nothing : fact('Upgrade to', plainLines(status.upgradeInfo.nextApp))}
      </dl>
    </header>
    ${clusterControls(page.detail, page.actions, object)}
    <section aria-labelledby="conditions">
      <h2 id="conditions">Conditions</h2>
      ${conditionsOf(object, now)}
    </section>
    ${(status.roles ?? []).map((role) => roleSection(page, object, role))}
    <section aria-labelledby="endpoints">
      <h2 id="endpoints">Services</h2>
      ${endpointsOf(page)}
    </section>
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      ${eventsOf(page)}
    </section>
    <section aria-labelledby="log">
      <h2 id="log">Log of the set-ups</h2>
      ${logOf(detail)}
    </section>`;
}

function fact(name: string, value: string): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function conditionsOf({ status }: KubeDirectorCluster, now: number): TemplateResult {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return html`<p class="quiet">The controller has not looked at this cluster yet.</p>`;
  return html`<ul class="conditions">
    ${conditions.map((condition) => {
      const { tone, text } = conditionWord(condition);
      return html`<li>
        ${shape(tone)}
        <span>${text}</span>
        <span class="quiet">${plainLines(condition.type)} · ${age(condition.lastTransitionTime, now)}</span>
      </li>`;
    })}
  </ul>`;
}

function roleSection(page: ClusterPage, object: KubeDirectorCluster, role: RoleStatus): TemplateResult {
  const title = `role-${role.id}`;
  const spec = object.spec.roles.find(({ id }) => id === role.id);
  const total = spec === undefined ? 0 : (spec.members ?? 1);
  const staying = stayingMembers(role.members, total);
  const done = staying.filter(({ state, ready }) => state === 'configured' && ready !== false).length;
  return html`<section aria-labelledby=${title}>
    <div class="role">
      <h2 id=${title}>Role ${role.id}</h2>
      <label class="progress"
        ><span>${done} of ${total} configured</span><progress max=${Math.max(total, 1)} .value=${done}></progress
      ></label>
      ${scaleControl(page.detail, page.actions, object, role)}
    </div>
    ${
      role.members.length === 0
        ? html`<p class="quiet">This role has no members.</p>`
        : html`<ul class="members">
            ${role.members.map((member) => memberOf(member, role))}
          </ul>`
    }
  </section>`;
}

function memberOf(member: MemberStatus, { updateRevision }: RoleStatus): TemplateResult {
  const { pod, restarts = 0, revision, resources } = member;
  const words = lastWords(member);
  const isOld = revision !== undefined && updateRevision !== undefined && revision !== updateRevision;
  const limits = Object.entries(resources?.limits ?? {}).map(([name, amount]) => `${name} ${String(amount)}`);
  const facts = [
    isOld ? 'to be updated' : revision === undefined ? '' : 'up to date',
    restarts === 0 ? '' : `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`,
    limits.join(', '),
  ].filter((text) => text !== '');
  return html`<li>
    <span class="pod">${pod === '' ? `member ${member.nodeID}` : pod}</span>${badge(memberState(member))}
    <span class="quiet">${facts.join(' · ')}</span>
    ${words.length === 0 ? nothing : html`<pre class="words" tabindex="0" aria-label="Last words of ${pod}">${words.join('\n')}</pre>`}
  </li>`;
}

function endpointsOf({ detail: { endpoints, rights }, open }: ClusterPage): TemplateResult {
  const all = [...endpoints.items.values()].filter(({ spec }) => spec !== undefined);
  if (all.length === 0) {
    const why = endpoints.error?.code === 403 ? 'You may not see them.' : 'There is none yet.';
    return html`<p class="quiet">${why}</p>`;
  }
  return html`<ul class="endpoints">
    ${all.map((endpoint) => {
      const { spec, status, metadata } = endpoint;
      const { name = '' } = metadata;
      const canOpen = open !== undefined && /^https?$/.test(spec?.scheme ?? '');
      const label = `${spec?.serviceName ?? spec?.service ?? name} of ${spec?.member ?? ''}`;
      return html`<li>
        ${shape(status?.ready === true ? 'good' : 'busy')}
        ${
          canOpen && rights('get', 'kubedirectorendpoints/proxy', name)
            ? html`<button
                class="link"
                type="button"
                ?disabled=${status?.ready !== true}
                @click=${() => open(endpoint)}
              >
                ${label}
              </button>`
            : html`<span>${label}</span>`
        }
        <span class="quiet">${status?.ready === true ? '' : 'not ready · '}${plainLines(status?.url ?? '')}</span>
      </li>`;
    })}
  </ul>`;
}

function eventsOf({ detail: { events }, now }: ClusterPage): TemplateResult {
  const when = (event: ClusterEvent): string =>
    event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
  const all = [...events.items.values()].sort((one, other) => (when(one) < when(other) ? 1 : -1)).slice(0, 50);
  if (all.length === 0) {
    const why =
      events.error === undefined
        ? 'Nothing has happened in the last hour.'
        : `They cannot be shown: ${events.error.message}`;
    return html`<p class="quiet">${why}</p>`;
  }
  return html`<ul class="events">
    ${all.map(
      (event) =>
        html`<li>
          ${shape(event.type === 'Warning' ? 'bad' : 'good')}
          <span
            ><b>${plainLines(event.reason ?? '')}</b>
            ${plainLines(event.message ?? '')}${(event.count ?? 1) > 1 ? ` (${event.count ?? 1} times)` : ''}</span
          >
          <span class="quiet">${age(when(event), now)}</span>
        </li>`,
    )}
  </ul>`;
}

function logOf(detail: Detail): TemplateResult {
  const { log } = detail;
  return html`<button type="button" @click=${() => detail.toggleLog()}>
      ${log?.open === true ? 'Stop following' : 'Follow the log'}
    </button>
    ${
      log === undefined
        ? nothing
        : html`<pre class="log" tabindex="0" role="log" aria-live="off" aria-label="Log">${log.lines.join('\n')}</pre>
            <p class="quiet">${log.problem}</p>`
    }`;
}
