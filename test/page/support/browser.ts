/** Chromium, and a playground for it to look at. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { noDelays } from '../../../src/playground/simulation/delays.ts';
import type { PlaygroundDelays } from '../../../src/playground/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPlayground, type RunningPlayground } from '../../../src/server/playground.ts';
import { adminOf, type Ask } from '../../program/support/https.ts';

export const executablePath = process.env['KD_CHROMIUM'] ?? '/usr/bin/chromium';

/** A browser that speaks to this machine only. */
export function startBrowser(): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(`no ${executablePath}: apt-get install chromium, or set KD_CHROMIUM`);
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface World {
  readonly playground: RunningPlayground;
  readonly ask: Ask;
  /** Of the administrator. */
  readonly kubeconfig: string;
  /** Addresses with keys. */
  readonly pages: NonNullable<RunningPlayground['pages']>;
  stop(): Promise<void>;
}

/** A playground with the page that the build has made. */
export async function startWorld(delays: PlaygroundDelays = noDelays): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-page-'));
  const options = { directory, port: 0, logger: silentLogger, delays, pageFolder: 'dist/page' };
  const playground = await startPlayground(options);
  const { pages } = playground;
  if (pages === undefined) throw new Error('the playground serves no page');
  return {
    ...{ playground, pages, ask: adminOf(directory, playground.url), kubeconfig: join(directory, 'kubeconfig') },
    async stop() {
      await playground.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Tab {
  readonly page: Page;
  /** What must not be: errors, broken rules of the Content-Security-Policy, requests to others. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** A tab of its own browser profile. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[134]/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(https?:\/\/127\.0\.0\.1:|data:)/.test(request.url())) faults.push(`asks ${request.url()}`);
  });
  page.setDefaultTimeout(10_000);
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}
