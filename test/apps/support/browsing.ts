/** A browser, as a user whose only rights are those of KubeDirector's roles in the namespace of a cluster. */
import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { openedAddress, plugin } from '../../e2e/support/plugin.ts';
import { makeServiceAccount } from '../../e2e/support/users.ts';
import { executablePath, startBrowser } from '../../page/support/browser.ts';
import type { Example } from './example.ts';

/** For a test's name; undefined where there is a browser. */
export const whyNoBrowser = existsSync(executablePath) ? undefined : ` (skipped: there is no ${executablePath})`;

export interface Browsing {
  /** A tab at the page that `kubectl kd open TARGET` opens, until the test has finished. */
  open(target: string): Promise<Tab>;
}

export interface Tab {
  readonly page: Page;
  /** Requests to other hosts, and those that were not answered with success, as long as the tab is open. */
  readonly failures: readonly string[];
}

export async function browsing({ cluster, namespace }: Example, name: string): Promise<Browsing> {
  await makeServiceAccount(cluster, namespace, name, 'kubedirector-view', 'kubedirector-edit');
  return {
    async open(target) {
      const opened = await plugin({ cluster, namespace, name }, 'open', target, '--no-browser');
      const url = await openedAddress(opened);
      const browser: Browser = await startBrowser();
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      const failures: string[] = [];
      const { host } = new URL(url);
      page.on('request', (request) => {
        const asked = new URL(request.url());
        if (/^http|^ws/.test(asked.protocol) && asked.host !== host) failures.push(`asks ${request.url()}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(url);
      return { page, failures };
    },
  };
}

/** Runs code in a new notebook of JupyterLab. @returns what it printed */
export async function runInNotebook({ page }: Tab, code: string): Promise<string> {
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().click();
  await page.keyboard.insertText(code);
  await page.keyboard.press('Shift+Enter');
  const output = page.locator('.jp-OutputArea-output').first();
  await output.waitFor();
  const text = await output.textContent();
  expect(text).not.toBeNull();
  return text ?? '';
}
