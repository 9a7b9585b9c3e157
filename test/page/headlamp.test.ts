/** The plugin for Headlamp, in Headlamp's own library. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, missingTools } from '../clients/support/program.ts';
import { headlamp } from '../clients/support/sources.ts';
import { command } from '../support/command.ts';
import { openTab, startBrowser, startWorld, type Tab, type World } from './support/browser.ts';
import { startHeadlamp, type RunningHeadlamp } from './support/headlamp.ts';
import { appOf, clusterOf, make, remove } from './support/objects.ts';

const whyNot = missingTools(headlamp);
const backupOf = (name: string, cluster: string) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorBackup',
  metadata: { name },
  spec: { cluster },
});

describe.skipIf(whyNot !== undefined)(
  `the plugin for Headlamp${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`,
  () => {
    let directory: string;
    let host: string;
    let world: World;
    let browser: Browser;
    let running: RunningHeadlamp;
    let tab: Tab;
    const go = (path: string): Promise<unknown> => tab.page.goto(`${running.url}/c/lab/kubedirector/${path}`);
    const text = (): Promise<string> => tab.page.locator('#root').innerText();

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'kubedirector-headlamp-'));
      host = await built(headlamp);
      const { code, stderr } = await command(['tools/headlamp.js'], { executable: process.execPath }).ended;
      expect([code, stderr]).toEqual([0, '']);
      [world, browser] = await Promise.all([startWorld(), startBrowser()]);
      running = await startHeadlamp(world, host, 'dist/headlamp/kubedirector');
      await make(world.ask, appOf('store'));
      for (const name of ['alpha', 'beta']) await make(world.ask, clusterOf(name));
      await make(world.ask, backupOf('night', 'alpha'));
      tab = await openTab(browser, `${running.url}/c/lab/kubedirector/clusters`);
    }, 600_000);
    afterAll(async () => {
      await browser.close();
      await running.stop();
      await world.stop();
      rmSync(directory, { recursive: true });
    });

    it("fits the types of Headlamp's library", async () => {
      // Where authors of plugins have them: beside the plugin.
      const copy = join(directory, 'typed');
      for (const part of ['manifests/headlamp', 'src', 'tsconfig.json', 'package.json'])
        cpSync(part, join(copy, part), { recursive: true });
      symlinkSync(join(host, 'node_modules'), join(copy, 'manifests/headlamp/node_modules'));
      symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
      const tsc = resolve('node_modules/typescript/bin/tsc');
      const { stdout, code } = await command([tsc, '--noEmit', '-p', join(copy, 'manifests/headlamp')], {
        executable: process.execPath,
      }).ended;
      expect([code, stdout]).toEqual([0, '']);
    });

    it('lists clusters with their states as they are, under an entry of its own', async () => {
      await tab.page.getByRole('link', { name: 'alpha' }).waitFor();
      await expect.poll(text).toMatch(/alpha[^]*store[^]*configured[^]*3\/3/);
      expect(await tab.page.locator('nav').innerText()).toMatch(/KubeDirector\s*Clusters\s*Apps\s*Backups/);
      await make(world.ask, clusterOf('gamma'));
      await tab.page.getByRole('link', { name: 'gamma' }).waitFor();
      await remove(world.ask, 'gamma');
      await tab.page.getByRole('link', { name: 'gamma' }).waitFor({ state: 'detached' });
    });

    it("shows a cluster's conditions as sentences, its members and its services", async () => {
      await tab.page.getByRole('link', { name: 'alpha' }).click();
      await expect.poll(text).toContain('3 of 3 configured');
      await expect.poll(text).toMatch(/Conditions[^]*Ready: all 3 members are configured/);
      await expect
        .poll(text)
        .toMatch(/Members[^]*controller[^]*alpha-controller-\S+-0[^]*worker[^]*alpha-worker-\S+-1/);
      await expect.poll(text).toMatch(/Services[^]*Console[^]*alpha-controller-\S+-0/);
      expect(tab.page.url()).toBe(`${running.url}/c/lab/kubedirector/clusters/default/alpha`);
    });

    it('leads from a cluster to its app, and shows what the app is made of', async () => {
      await tab.page.getByRole('link', { name: 'store' }).click();
      await expect.poll(text).toMatch(/Roles[^]*controller[^]*registry.test\/store:1[^]*Services[^]*Console[^]*8080/);
      await go('apps');
      await tab.page.getByRole('link', { name: 'store' }).waitFor();
    });

    it('lists backups, and leads from one to its cluster', async () => {
      await go('backups');
      await tab.page.getByRole('link', { name: 'night' }).click();
      await expect.poll(text).toMatch(/night[^]*State[^]*Cluster[^]*alpha/);
      await tab.page.getByRole('link', { name: 'alpha' }).click();
      await expect.poll(text).toContain('3 of 3 configured');
    });

    it('says that there is no cluster of a name', async () => {
      await go('clusters/default/nothing');
      await expect.poll(text).toMatch(/not found/i);
    });

    it('breaks nothing in the browser', () => {
      // Headlamp says so when a page is left while it begins to watch.
      expect(tab.faults.filter((fault) => fault !== 'WebSocket error: Event')).toEqual([]);
    });
  },
);
