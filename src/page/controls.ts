/** Buttons and fields that change a cluster, as far as the user may. */
import { html, nothing, type TemplateResult } from 'lit';
import type { KubeDirectorCluster, RoleStatus } from '../apis/kubedirector/types.ts';
import type { Actions } from './actions.ts';
import type { Detail } from './detail.ts';

type Shown = TemplateResult | typeof nothing;

/** What can be done to the cluster as a whole. */
export function clusterControls(detail: Detail, actions: Actions, cluster: KubeDirectorCluster): Shown {
  const { rights, name } = detail;
  const may = (verb: string, subresource: string): boolean => rights(verb, `kubedirectorclusters/${subresource}`, name);
  const switching = cluster.spec.suspend === true ? 'resume' : 'suspend';
  const button = (action: 'restart' | 'suspend' | 'resume', text: string): Shown =>
    may('create', action)
      ? html`<button type="button" @click=${() => actions.call(cluster, action)}>${text}…</button>`
      : nothing;
  const parts = [
    button('restart', 'Restart'),
    button(switching, switching === 'suspend' ? 'Suspend' : 'Resume'),
    rights('patch', 'kubedirectorclusters', name) ? upgradeControl(detail, actions, cluster) : nothing,
  ];
  if (parts.every((part) => part === nothing))
    return html`<p class="quiet">You may look at this cluster, but not change it.</p>`;
  return html`<div class="actions" role="group" aria-label="Actions">${parts}</div>`;
}

/** The apps of the cluster's own namespace are known; users may not be able to list those of the system catalog. */
function upgradeControl({ apps }: Detail, actions: Actions, cluster: KubeDirectorCluster): Shown {
  const { app: current, appCatalog } = cluster.spec;
  const others = apps.filter((app) => app !== current);
  if (appCatalog === 'local' && others.length === 0) return nothing;
  const submit = (event: Event): void => {
    event.preventDefault();
    const app = field(event, 'app');
    if (app !== '' && app !== current) actions.upgrade(cluster, app);
  };
  return html`<form @submit=${submit}>
    <label
      ><span>Upgrade to</span> ${
        appCatalog === 'local'
          ? html`<select name="app">
              ${others.map((app) => html`<option>${app}</option>`)}
            </select>`
          : html`<input name="app" required autocomplete="off" spellcheck="false" placeholder="app of the catalog" />`
      }</label
    >
    <button>Show the plan…</button>
  </form>`;
}

/** The number of members of a role. */
export function scaleControl(
  { rights, name }: Detail,
  actions: Actions,
  cluster: KubeDirectorCluster,
  { id }: RoleStatus,
): Shown {
  if (!rights('patch', 'kubedirectorroles/scale', `${name}.${id}`)) return nothing;
  const members = cluster.spec.roles.find((role) => role.id === id)?.members ?? 1;
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = Number(field(event, 'members'));
    if (Number.isInteger(wanted) && wanted !== members) actions.scale(cluster, id, wanted);
  };
  return html`<form class="scale" @submit=${submit}>
    <label
      ><span>Members of ${id}</span> <input name="members" type="number" min="0" max="1000" required value=${members}
    /></label>
    <button>Scale…</button>
  </form>`;
}

function field({ currentTarget }: Event, name: string): string {
  const value = currentTarget instanceof HTMLFormElement ? new FormData(currentTarget).get(name) : null;
  return typeof value === 'string' ? value.trim() : '';
}

/** Asks before anything is done; nothing where nothing is asked. Whoever draws it opens it: it must be in the page by then. */
export function proposalDialog(actions: Actions): Shown {
  const { proposal } = actions;
  if (proposal === undefined) return nothing;
  const { title, plan, refused, running, problem, button } = proposal;
  return html`<dialog aria-labelledby="proposal" @close=${() => actions.cancel()}>
    <h2 id="proposal">${title}</h2>
    <div aria-live="polite">
      ${
        plan === undefined
          ? html`<p class="quiet">Asking the server what would happen…</p>`
          : html`<ul class="plan">
              ${plan.map((line) => html`<li>${line}</li>`)}
            </ul>`
      }
      ${problem === '' ? nothing : html`<p class="problem">${problem}</p>`}
    </div>
    <div class="buttons">
      <button type="button" @click=${() => actions.cancel()}>${running ? 'Close' : 'Cancel'}</button>
      <button
        type="button"
        class="primary"
        ?disabled=${plan === undefined || refused || running}
        @click=${() => void actions.confirm()}
      >
        ${button}
      </button>
    </div>
  </dialog>`;
}
