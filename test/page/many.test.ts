import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTab, startBrowser } from './support/browser.ts';
import { fakeCluster, startFake } from './support/fake.ts';

const count = 5_000;
let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

it('shows thousands of clusters with a few rows, follows their changes, and keeps its memory', async () => {
  const clusters = Array.from({ length: count }, (_, index) => fakeCluster(index));
  const fake = await startFake({ clusters });
  const begun = performance.now();
  const tab = await openTab(browser, fake.url, { viewport: { width: 1100, height: 700 } });
  const { page } = tab;
  await page.locator('.rows [role=row]').first().waitFor();
  const firstRow = performance.now() - begun;
  const paint = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN",
  );
  await expect.poll(() => page.locator('.count').textContent()).toBe(`${count} clusters`);
  const all = performance.now() - begun;
  expect(await page.locator('.rows [role=row]').count()).toBeLessThan(60);
  await expect.poll(() => fake.watches()).toBe(1);
  const changed = performance.now();
  fake.change(fakeCluster(0, { state: 'updating' }));
  await page.locator('.rows .badge.busy').waitFor();
  const seen = performance.now() - changed;
  const session = await page.context().newCDPSession(page);
  const heap = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const replay = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < 1_000; index++)
        fake.change(fakeCluster(index, { state: round % 2 === 0 ? 'updating' : 'configured' }));
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
    }
    fake.change(fakeCluster(0, { state: `round ${rounds}` }));
    await page.locator('.rows').getByText(`round ${rounds}`).waitFor();
  };
  await replay(5);
  const before = await heap();
  await replay(30);
  const after = await heap();
  const text = [paint, firstRow, all, seen].map((milliseconds) => `${Math.round(milliseconds)} ms`).join(', ');
  console.log(
    `first paint, first row, all rows, a change: ${text}; heap ${Math.round(before / 1e6)} → ${Math.round(after / 1e6)} MB`,
  );
  expect(after).toBeLessThan(before * 1.3 + 2_000_000);
  expect(tab.faults).toEqual([]);
  await tab.close();
  await fake.stop();
});

it('shows hostile texts as texts, and without escapes', async () => {
  const evil = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>\u001B[31mred\u001B[0m`;
  // eslint-disable-next-line no-control-regex -- the escapes are what must be gone
  const harmless = evil.replaceAll(/\u001B\[\d+m/g, '');
  const cluster = fakeCluster(0, { name: 'victim', app: evil, state: evil, words: evil });
  const event = { metadata: { name: 'e', namespace: 'team-0' }, type: 'Warning', reason: evil, message: evil };
  const fake = await startFake({ clusters: [cluster], events: [event], log: [`[m] ${evil}`] });
  const tab = await openTab(browser, fake.url);
  const { page } = tab;
  await page.getByRole('link', { name: 'victim' }).click();
  await page.getByRole('button', { name: 'Follow the log' }).click();
  await expect.poll(() => page.locator('.log').textContent()).toContain(harmless);
  for (const place of ['.words', '.conditions', '.events', '.facts']) {
    await expect.poll(() => page.locator(place).first().textContent()).toContain(harmless);
  }
  expect(await page.locator('img, main script').count()).toBe(0);
  expect(await page.title()).toBe('victim – KubeDirector');
  expect(tab.faults).toEqual([]);
  await tab.close();
  await fake.stop();
});
