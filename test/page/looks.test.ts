import axe, { type AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTab, startBrowser, startWorld, type Tab, type World } from './support/browser.ts';
import { appOf, clusterOf, make } from './support/objects.ts';

/** KD_SCREENSHOTS=1 writes the pictures of docs/page.md anew. */
const pictures = process.env['KD_SCREENSHOTS'] === '1' ? 'docs/images' : undefined;

const suspended = (cluster: ReturnType<typeof clusterOf>) => ({
  ...cluster,
  spec: { ...cluster.spec, suspend: true },
});

let world: World;
let browser: Browser;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), startBrowser()]);
  await make(world.ask, appOf('spark'));
  await make(world.ask, appOf('spark-next', '2'));
  for (const name of ['forecast', 'invoices', 'reports', 'sandbox']) await make(world.ask, clusterOf(name, 'spark'));
  await make(world.ask, suspended(clusterOf('archive', 'spark')));
});
afterAll(async () => {
  await browser.close();
  await world.stop();
});

async function broken({ page }: Tab): Promise<string[]> {
  await page.evaluate(axe.source);
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('breaks no rule of accessibility, and fits a narrow screen', async () => {
    const tab = await openTab(browser, world.pages.admin, { colorScheme, viewport: { width: 1100, height: 640 } });
    const { page } = tab;
    await expect.poll(() => page.locator('.rows').textContent()).toMatch(/suspended.*configured/s);
    await expect.poll(() => page.locator('.rows .badge.busy').count()).toBe(0);
    expect(await broken(tab)).toEqual([]);
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/page-overview-${colorScheme}.png` });
    await page.getByRole('link', { name: 'forecast' }).click();
    await page.getByRole('heading', { name: 'Role worker' }).waitFor();
    await page.getByRole('button', { name: 'Restart…' }).waitFor();
    expect(await broken(tab)).toEqual([]);
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/page-cluster-${colorScheme}.png` });
    await page.getByRole('button', { name: 'Restart…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await broken(tab)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const width of [1100, 400]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.goto(`${world.playground.url}/#/`);
    await page.getByRole('link', { name: 'forecast' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    expect(await broken(tab)).toEqual([]);
    expect(tab.faults).toEqual([]);
    await tab.close();
  });
});
