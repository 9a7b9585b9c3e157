import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { openTab, startBrowser, startWorld } from './support/browser.ts';
import { appOf, clusterOf, make } from './support/objects.ts';

it('is served by kubectl kd ui with the rights of the kubeconfig, and opens services at ports of their own', async () => {
  const [world, browser] = await Promise.all([startWorld(), startBrowser()]);
  onTestFinished(async () => {
    await browser.close();
    await world.stop();
  });
  await make(world.ask, appOf('store'));
  await make(world.ask, clusterOf('alpha', 'store', 1));
  const plugin = spawn(process.execPath, [
    'dist/kubectl-kd.js',
    'ui',
    '--no-browser',
    '--kubeconfig',
    world.kubeconfig,
  ]);
  onTestFinished(() => void plugin.kill('SIGKILL'));
  const ended = once(plugin, 'exit');
  let printed = '';
  plugin.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await expect.poll(() => printed).toMatch(/#key=\S+ .*\n/);
  const [url = ''] = /http:\S+/.exec(printed) ?? [];

  const tab = await openTab(browser, url);
  await tab.page.getByRole('link', { name: 'alpha' }).click();
  await expect.poll(() => tab.page.locator('main').textContent()).toContain('configured');
  const [service] = await Promise.all([
    tab.page.context().waitForEvent('page'),
    tab.page.getByRole('button', { name: /Console/ }).click(),
  ]);
  await service.getByRole('heading', { level: 1 }).waitFor();
  expect(await service.textContent('body')).toContain('A simulated member');
  const { hostname, pathname } = new URL(service.url());
  expect([hostname.endsWith('.localhost'), pathname]).toEqual([true, '/']);
  expect(tab.faults).toEqual([]);

  plugin.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
});
