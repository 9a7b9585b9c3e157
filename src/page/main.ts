/** The page: what is shown, and when it is drawn. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { KubeDirectorEndpoint } from '../apis/kubedirector/types.ts';
import { createActions, type Actions } from './actions.ts';
import { ApiError } from '../live/api.ts';
import { createApi, type Api } from './api.ts';
import { clusterPage } from './cluster-page.ts';
import { Detail } from './detail.ts';
import { LiveList } from '../live/live-list.ts';
import { overview } from './overview.ts';
import { notice } from './parts.ts';
import { collection, routeOf, type Route } from './route.ts';
import { noFilter, rowOf, type Filter, type Row } from './rows.ts';
import { currentTheme, otherTheme, setTheme } from './theme.ts';
import { placeOf, proxyPath, takeKey } from './session.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no place for its content');
const place = placeOf(document);

/** What is on the screen is drawn at most once a frame, however many changes there are. */
let isDue = false;
function changed(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

interface Session {
  readonly api: Api;
  readonly actions: Actions;
  list: LiveList<Row>;
  scope: string;
  detail: Detail | undefined;
}

let session: Session | undefined;
/** Whether the API did not know the last user. */
let isRefused = false;
let filter: Filter = noFilter;
let scroll = { top: 0, height: 0, row: 48 };
let announcement = '';
let route: Route = routeOf(location.hash);

const announce = (text: string): void => {
  announcement = text;
  changed();
};

function follow(api: Api, scope: string): LiveList<Row> {
  const path = collection('kubedirectorclusters', scope);
  const list = new LiveList<Row>({ api, path, keep: rowOf, changed });
  void list.start();
  return list;
}

/** @param token undefined: the server in front of the API adds what it needs */
function signIn(token: string | undefined): void {
  endSession();
  isRefused = false;
  const api = createApi(token);
  session = {
    api,
    actions: createActions(api, changed, announce),
    list: follow(api, ''),
    scope: '',
    detail: undefined,
  };
  arrive();
}

/** Shows what the address names. */
function arrive(): void {
  route = routeOf(location.hash);
  session?.detail?.stop();
  session?.actions.cancel();
  if (session !== undefined) {
    session.detail = route.page === 'cluster' ? new Detail(session.api, route, changed) : undefined;
    session.detail?.start();
  }
  document.title = route.page === 'cluster' ? `${route.name} – KubeDirector` : 'KubeDirector';
  scroll = { ...scroll, top: 0 };
  changed();
}

async function open({ metadata }: KubeDirectorEndpoint): Promise<void> {
  const path = proxyPath(metadata);
  try {
    const at = await session?.api.json<{ url?: string }>('/ui/session', { method: 'POST', body: { path } });
    window.open(at?.url ?? path, '_blank', 'noopener');
  } catch (error) {
    announce(error instanceof ApiError ? error.message : 'The service cannot be opened.');
  }
}

function measure(): void {
  const element = document.querySelector<HTMLElement>('.scroll');
  const row = matchMedia('(max-width: 640px)').matches ? 84 : 48;
  const height = element?.clientHeight ?? 0;
  if (height === scroll.height && row === scroll.row) return;
  scroll = { ...scroll, height, row };
  changed();
}

function draw(): void {
  const problems = [session?.list.error, session?.detail?.cluster.error];
  if (problems.some((problem) => problem?.code === 401)) {
    isRefused = true;
    endSession();
  }
  render(frame(), root as HTMLElement);
  measure();
  const dialog = document.querySelector<HTMLDialogElement>('dialog:not([open])');
  dialog?.showModal();
}

function frame(): TemplateResult {
  const theme = currentTheme();
  const next = otherTheme(theme);
  return html`<header class="top">
      <a class="brand" href="#/">KubeDirector</a>
      <span class="said" role="status" aria-live="polite">${announcement}</span>
      ${session !== undefined && place === 'serve' ? html`<button type="button" @click=${signOut}>Sign out</button>` : nothing}
      <button type="button" aria-label="Use ${next} colours" @click=${changeTheme}>${next}</button>
    </header>
    ${content()}`;
}

function changeTheme(): void {
  setTheme(otherTheme(currentTheme()));
  changed();
}

function content(): TemplateResult {
  if (session === undefined) return entrance();
  const { detail, actions, list, scope } = session;
  const now = Date.now();
  if (detail !== undefined) {
    const opening = place === 'serve' ? undefined : (endpoint: KubeDirectorEndpoint) => void open(endpoint);
    return clusterPage({ detail, actions, now, open: opening });
  }
  return overview({
    ...{ list, filter, scope, scroll, now },
    setFilter: (change) => {
      filter = { ...filter, ...change };
      changed();
    },
    setScope: (namespace) => {
      if (session === undefined) return;
      session.list.stop();
      session.scope = namespace;
      session.list = follow(session.api, namespace);
      changed();
    },
    scrolled: ({ scrollTop, clientHeight }) => {
      scroll = { ...scroll, top: scrollTop, height: clientHeight };
      changed();
    },
  });
}

function signOut(): void {
  isRefused = false;
  endSession();
  changed();
}

/** Nothing asks the API any more, and nothing holds the token. */
function endSession(): void {
  const ended = session;
  session = undefined;
  ended?.list.stop();
  ended?.detail?.stop();
  ended?.actions.cancel();
}

/** What is shown to somebody whom the API does not know. */
function entrance(): TemplateResult {
  if (place !== 'serve') {
    const text =
      'Open the address that was printed at the start: it has the key of this page. The key is new at every start, and the page forgets it when it is loaded again.';
    return html`<main>
      <h1>Clusters</h1>
      ${notice('still', 'This page needs its key.', text)}
    </main>`;
  }
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get('token');
    if (typeof given === 'string' && given.trim() !== '') signIn(given.trim());
  };
  const form = html`<form class="scope" @submit=${submit}>
    <label><span>Token</span><input name="token" type="password" autocomplete="off" required /></label>
    <button>Sign in</button>
  </form>`;
  const text =
    'Give a bearer token that kube-apiserver accepts, for example of kubectl create token. It stays in the memory of this tab.';
  return html`<main>
    <h1>Clusters</h1>
    ${notice(isRefused ? 'bad' : 'still', isRefused ? 'This token is not accepted.' : 'Who are you?', text, form)}
  </main>`;
}

setTheme(currentTheme());
addEventListener('hashchange', () => {
  const key = takeKey(place, location, history);
  if (key === undefined) arrive();
  else signIn(key);
});
addEventListener('resize', measure);
// Ages grow.
setInterval(changed, 30_000);
const key = takeKey(place, location, history);
if (place === 'local' || key !== undefined) signIn(key);
else draw();
