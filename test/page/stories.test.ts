import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTab, startBrowser, startWorld, type Tab, type World } from './support/browser.ts';
import { appOf, clusterOf, make, remove } from './support/objects.ts';

let world: World;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), startBrowser()]);
  await make(world.ask, appOf('store'));
  await make(world.ask, appOf('store-next', '2'));
  for (const name of ['alpha', 'beta', 'gamma']) await make(world.ask, clusterOf(name));
  tab = await openTab(browser, world.pages.admin);
});
afterAll(async () => {
  await browser.close();
  await world.stop();
});

const rows = () => tab.page.locator('.rows [role=row]');
const status = () => tab.page.locator('.count').textContent();

describe('the overview', () => {
  it('shows the clusters, takes its key out of the address, and stores it nowhere', async () => {
    await rows().first().waitFor();
    await expect.poll(() => rows().count()).toBe(3);
    expect(tab.page.url()).toBe(`${world.playground.url}/#/`);
    await expect.poll(() => rows().first().textContent()).toContain('configured');
    expect(await tab.page.evaluate('JSON.stringify([sessionStorage, localStorage, document.cookie])')).toBe(
      '[{},{},""]',
    );
    await tab.page.reload();
    await tab.page.getByText('This page needs its key.').waitFor();
    await tab.page.goto(world.pages.admin);
    await expect.poll(() => rows().count()).toBe(3);
  });

  it('shows at once what is made and deleted', async () => {
    await make(world.ask, clusterOf('delta'));
    await tab.page.getByRole('link', { name: 'delta' }).waitFor();
    await remove(world.ask, 'delta');
    await tab.page.getByRole('link', { name: 'delta' }).waitFor({ state: 'detached' });
  });

  it('filters by text and state, says how many fit, and leads back from none', async () => {
    await tab.page.getByLabel('Find').fill('bet');
    await expect.poll(() => rows().count()).toBe(1);
    expect(await status()).toBe('1 of 3 clusters');
    await tab.page.getByLabel('Find').fill('nothing like this');
    await tab.page.getByRole('button', { name: 'Show all clusters' }).click();
    await expect.poll(() => rows().count()).toBe(3);
    await tab.page.getByLabel('State').selectOption('configured');
    await expect.poll(() => rows().count()).toBe(3);
    await tab.page.getByLabel('State').selectOption('');
  });

  it('sorts by a column, and the other way round', async () => {
    const names = () => rows().locator('.name').allTextContents();
    await tab.page.getByRole('button', { name: 'Cluster' }).click();
    await expect.poll(names).toEqual(['gamma', 'beta', 'alpha']);
    await tab.page.getByRole('button', { name: 'Cluster' }).click();
    await expect.poll(names).toEqual(['alpha', 'beta', 'gamma']);
  });

  it('goes from row to row with the keyboard, and into a cluster and back', async () => {
    await tab.page.getByRole('link', { name: 'alpha' }).focus();
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.keyboard.press('Enter');
    await tab.page.getByRole('heading', { name: 'beta', level: 1 }).waitFor();
    await tab.page.getByRole('link', { name: 'All clusters' }).click();
    await rows().first().waitFor();
  });
});

describe('the page of a cluster', () => {
  beforeAll(async () => {
    await tab.page.goto(`${world.playground.url}/#/default/beta`);
    await tab.page.getByRole('heading', { name: 'beta', level: 1 }).waitFor();
  });

  it('shows roles, members, conditions, services and events', async () => {
    const text = () => tab.page.locator('main').textContent();
    for (const part of ['Role controller', 'Role worker', 'beta-worker', 'up to date', 'Ready', 'Console of beta']) {
      await expect.poll(text).toContain(part);
    }
    await expect.poll(() => tab.page.locator('.events li').count()).toBeGreaterThan(0);
  });

  it('scales a role after the plan was shown', async () => {
    await tab.page.getByLabel('Members of worker').fill('3');
    await tab.page.getByRole('button', { name: 'Scale…' }).last().click();
    const dialog = tab.page.getByRole('dialog');
    await expect.poll(() => dialog.locator('.plan').textContent()).toMatch(/worker/);
    await dialog.getByRole('button', { name: 'Scale', exact: true }).click();
    await expect.poll(() => tab.page.locator('.members').last().locator('li').count()).toBe(3);
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows the plan of an upgrade, and does nothing without a yes', async () => {
    await tab.page.getByLabel('Upgrade to').selectOption('store-next');
    await tab.page.getByRole('button', { name: 'Show the plan…' }).click();
    const dialog = tab.page.getByRole('dialog');
    await expect.poll(() => dialog.locator('.plan li').count()).toBeGreaterThan(0);
    await tab.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const { text } = await world.ask(
      'GET',
      '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters/beta',
    );
    expect(text).toContain('"app":"store"');
  });

  it('asks about the cluster it shows, and no longer once the user has gone elsewhere', async () => {
    await tab.page.getByRole('button', { name: 'Restart…' }).click();
    await tab.page.getByRole('dialog', { name: 'Restart default/beta' }).waitFor();
    await tab.page.evaluate("location.hash = '#/default/alpha'");
    await tab.page.getByRole('heading', { name: 'alpha', level: 1 }).waitFor();
    expect(await tab.page.getByRole('dialog').count()).toBe(0);
    await tab.page.evaluate("location.hash = '#/default/beta'");
    await tab.page.getByRole('heading', { name: 'beta', level: 1 }).waitFor();
  });

  it('suspends and resumes', async () => {
    for (const [action, state] of [
      ['Suspend', 'suspended'],
      ['Resume', 'configured'],
    ] as const) {
      await tab.page.getByRole('button', { name: `${action}…` }).click();
      await tab.page.getByRole('dialog').getByRole('button', { name: action }).click();
      await expect.poll(() => tab.page.locator('main > header .badge').textContent()).toContain(state);
    }
  });

  it('opens a service through the API, with a cookie for this service only', async () => {
    const [service] = await Promise.all([
      tab.page.context().waitForEvent('page'),
      tab.page.getByRole('button', { name: 'Console of beta' }).click(),
    ]);
    await service.waitForLoadState();
    expect(service.url()).toContain('/proxy');
    expect(await service.locator('body').textContent()).toContain('beta');
    const [cookie] = await tab.page.context().cookies(service.url());
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' });
    expect(await tab.page.context().cookies(`${world.playground.url}/api/v1/secrets`)).toEqual([]);
    await service.close();
  });

  it('says what to do where there is no such cluster', async () => {
    await tab.page.goto(`${world.playground.url}/#/default/nobody`);
    await tab.page.getByText('There is no cluster nobody in default.').waitFor();
  });
});

describe('users', () => {
  it('offers a viewer nothing that would be refused', async () => {
    const viewer = await openTab(browser, world.pages.viewer);
    await viewer.page.getByRole('link', { name: 'alpha' }).click();
    await viewer.page.getByText('You may look at this cluster, but not change it.').waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Scale…' }).count()).toBe(0);
    expect(viewer.faults).toEqual([]);
    await viewer.close();
  });

  it('asks a browser without a key for it, and shows nothing', async () => {
    const stranger = await openTab(browser, `${world.playground.url}/`);
    await stranger.page.getByText('This page needs its key.').waitFor();
    const wrong = await openTab(browser, `${world.playground.url}/#key=invented`);
    await wrong.page.getByText('This page needs its key.').waitFor();
    await stranger.close();
    await wrong.close();
  });
});

it('has broken no rule on the way', () => {
  expect(tab.faults).toEqual([]);
});
