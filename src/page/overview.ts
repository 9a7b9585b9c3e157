/** The view of all clusters. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { LiveList } from '../live/live-list.ts';
import { badge, notice } from './parts.ts';
import { clusterHash } from './route.ts';
import { choices, noFilter, shownRows, visibleWindow, type Filter, type Row, type SortKey } from './rows.ts';
import { age } from './words.ts';

/** What the overview shows, and whom it tells of what the user does. */
interface Overview {
  readonly list: LiveList<Row>;
  readonly filter: Filter;
  /** The only namespace that is listed; '' for all. */
  readonly scope: string;
  readonly now: number;
  readonly scroll: { readonly top: number; readonly height: number; readonly row: number };
  readonly setFilter: (change: Partial<Filter>) => void;
  readonly setScope: (namespace: string) => void;
  readonly scrolled: (element: HTMLElement) => void;
}

const columns: readonly { readonly key: SortKey; readonly title: string }[] = [
  { key: 'name', title: 'Cluster' },
  { key: 'namespace', title: 'Namespace' },
  { key: 'app', title: 'App' },
  { key: 'state', title: 'State' },
  { key: 'members', title: 'Members' },
  { key: 'created', title: 'Age' },
];

/** The whole view. */
export function overview(view: Overview): TemplateResult {
  const { list, filter } = view;
  const all = [...list.items.values()];
  const rows = shownRows(all, filter);
  return html`<main class="overview">
    <h1>Clusters</h1>
    ${filters(view, all)}
    <p class="count" role="status">${countOf(view, rows.length)}</p>
    ${
      list.state === 'broken' && all.length > 0
        ? notice('busy', 'This may be out of date.', `${list.error?.message ?? ''} The page tries again by itself.`)
        : nothing
    }
    ${all.length === 0 || rows.length === 0 ? emptiness(view, all.length) : table(view, rows)}
  </main>`;
}

function countOf({ list, scope }: Overview, shown: number): string {
  const where = scope === '' ? '' : ` in ${scope}`;
  if (list.state === 'loading' && list.items.size === 0) return 'Asking for clusters…';
  const total = list.items.size;
  const more = list.state === 'loading' ? ', more to come' : '';
  return shown === total
    ? `${total} ${total === 1 ? 'cluster' : 'clusters'}${where}${more}`
    : `${shown} of ${total} clusters${where}${more}`;
}

function filters({ filter, setFilter }: Overview, all: readonly Row[]): TemplateResult {
  const choice = (label: string, key: 'namespace' | 'app' | 'state', values: readonly string[]) =>
    html`<label
      ><span>${label}</span>
      <select @change=${(event: Event) => setFilter({ [key]: valueOf(event) })}>
        <option value="" ?selected=${filter[key] === ''}>all</option>
        ${values.map((value) => html`<option value=${value} ?selected=${filter[key] === value}>${value}</option>`)}
      </select></label
    >`;
  return html`<form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
    <label class="find"
      ><span>Find</span>
      <input
        type="search"
        placeholder="name, namespace or app"
        autocomplete="off"
        spellcheck="false"
        .value=${filter.text}
        @input=${(event: Event) => setFilter({ text: valueOf(event) })}
    /></label>
    ${choice(
      'Namespace',
      'namespace',
      choices(all, (row) => row.namespace),
    )}
    ${choice(
      'App',
      'app',
      choices(all, (row) => row.app),
    )}
    ${choice(
      'State',
      'state',
      choices(all, (row) => row.state.text),
    )}
  </form>`;
}

function valueOf({ currentTarget }: Event): string {
  return currentTarget instanceof HTMLInputElement || currentTarget instanceof HTMLSelectElement
    ? currentTarget.value
    : '';
}

/** What is said where there is no row, and what to do then. */
function emptiness(view: Overview, total: number): TemplateResult {
  const { list, setFilter, scope } = view;
  if (total > 0) {
    const clear = html`<button type="button" @click=${() => setFilter(noFilter)}>Show all clusters</button>`;
    return notice('still', 'No cluster fits.', 'Change the filters, or take them away.', clear);
  }
  if (list.error?.code === 403) return forbidden(view);
  if (list.error !== undefined) {
    return notice('bad', 'The clusters cannot be shown.', `${list.error.message} The page tries again by itself.`);
  }
  if (list.state === 'loading') return html`<div class="waiting" aria-hidden="true"></div>`;
  const example = html`<pre>kubectl apply -f manifests/examples/spark/</pre>`;
  const where = scope === '' ? 'There is no cluster yet.' : `There is no cluster in ${scope}.`;
  return notice('still', where, 'Make one, and it appears here at once:', example);
}

function forbidden({ setScope, scope, list }: Overview): TemplateResult {
  const submit = (event: Event): void => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get('namespace');
    if (typeof field === 'string') setScope(field.trim());
  };
  const form = html`<form class="scope" @submit=${submit}>
    <label><span>Namespace</span><input name="namespace" required autocomplete="off" .value=${scope} /></label>
    <button>Show</button>
  </form>`;
  const what =
    scope === '' ? 'You may not list the clusters of all namespaces.' : `You may not list clusters in ${scope}.`;
  return notice('bad', what, `Name a namespace in which you may. The server said: ${list.error?.message ?? ''}`, form);
}

function table(view: Overview, rows: readonly Row[]): TemplateResult {
  const { scroll, filter, setFilter } = view;
  const { from, to } = visibleWindow(rows.length, scroll);
  const sortBy = (sort: SortKey) => () =>
    setFilter({ sort, descending: filter.sort === sort ? !filter.descending : false });
  return html`<div class="table" role="table" aria-label="Clusters" aria-rowcount=${rows.length + 1}>
    <div role="rowgroup" class="head">
      <div role="row" class="row" aria-rowindex="1">
        ${columns.map(({ key, title }) => {
          const direction = filter.descending ? 'descending' : 'ascending';
          const isSorted = filter.sort === key;
          return html`<div role="columnheader" class=${key} aria-sort=${isSorted ? direction : 'none'}>
            <button type="button" @click=${sortBy(key)}>
              ${title}<span aria-hidden="true">${isSorted ? (filter.descending ? '▾' : '▴') : ''}</span>
            </button>
          </div>`;
        })}
      </div>
    </div>
    <div
      class="scroll"
      @scroll=${(event: Event) => view.scrolled(event.currentTarget as HTMLElement)}
      @keydown=${moveFocus}
    >
      <div role="rowgroup" class="rows" .style=${`height:${rows.length * scroll.row}px`}>
        ${repeat(
          rows.slice(from, to),
          ({ key }) => key,
          (row, index) => rowOf(view, row, from + index),
        )}
      </div>
    </div>
  </div>`;
}

function rowOf({ scroll, now }: Overview, row: Row, index: number): TemplateResult {
  return html`<div
    role="row"
    class="row"
    aria-rowindex=${index + 2}
    .style=${`transform:translateY(${index * scroll.row}px)`}
  >
    <div role="cell" class="name"><a href=${clusterHash(row)} data-index=${index}>${row.name}</a></div>
    <div role="cell" class="namespace">${row.namespace}</div>
    <div role="cell" class="app">${row.app}</div>
    <div role="cell" class="state">${badge(row.state)}</div>
    <div role="cell" class="members">${row.configured} of ${row.members}</div>
    <div role="cell" class="created">${age(row.created, now)}</div>
  </div>`;
}

/** Arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { target, currentTarget } = event;
  if (step === undefined || !(target instanceof HTMLElement) || !(currentTarget instanceof HTMLElement)) return;
  const next = Number(target.dataset['index']) + step;
  const link = currentTarget.querySelector<HTMLElement>(`a[data-index="${next}"]`);
  if (link === null) return;
  event.preventDefault();
  link.focus();
}
