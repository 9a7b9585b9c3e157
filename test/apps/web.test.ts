import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/cluster.ts';
import { startExample, type Example, type Member } from './support/example.ts';

let web: Example;
const page = (member: Member): Promise<string> => web.page(member, 8080, '/');
/** Members, by the links to their pages. */
const listed = (text: string): readonly string[] =>
  [...text.matchAll(/<a href="http:\/\/([^.]+)\./g)].map(([, pod]) => pod ?? '');
const pods = async (): Promise<readonly string[]> => (await web.members('site')).map(({ pod }) => pod);
const news = (text: string): readonly string[] =>
  text.slice(text.indexOf('<h2>News')).match(/(?<=<li>).*(?=<\/li>)/g) ?? [];

describe('the web example', () => {
  beforeAll(async () => {
    web = await startExample('web');
    await web.ready({ site: 2 });
  });
  afterAll(() => web.remove());

  it('gives each member a page that lists all', async () => {
    const expected = await pods();
    for (const member of await web.members('site')) {
      const text = await page(member);
      expect(text).toContain(`<b>${member.pod}.`);
      expect(listed(text)).toEqual(expected);
    }
  });

  it('notifies the members of a new member', async () => {
    await web.scale('site', 3);
    await web.ready({ site: 3 });
    const [first, , third] = await web.members('site');
    const text = await eventually('the page to list three', async () => {
      const now = first && (await page(first));
      return now !== undefined && listed(now).length === 3 && now;
    });
    expect(listed(text)).toEqual(await pods());
    expect(news(text).at(-1)).toMatch(`joined: site ${third?.pod ?? ''}.`);
  });

  it('notifies the other members when one leaves', async () => {
    const third = await web.member('site', 2);
    await web.scale('site', 2);
    await web.ready({ site: 2 });
    const text = await page(await web.member('site'));
    expect(listed(text)).toEqual(await pods());
    expect(listed(text)).toHaveLength(2);
    expect(news(text).at(-1)).toMatch(`left: site ${third.pod}.`);
  });

  it('shows the content of a connected ConfigMap, also after a change', async () => {
    const member = await web.member('site', 1);
    const label = { 'kubedirector.hpe.com/cmType': 'greeting' };
    const greet = (text: string) =>
      web.cluster.apply(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'greeting', labels: label }, data: { text } },
        web.inNamespace,
      );
    await greet('Good <morning>');
    const connections = { configmaps: ['greeting'] };
    const patch = JSON.stringify({ spec: { connections } });
    await web.cluster.ok('patch', 'kdcluster', 'web', '--type=merge', '-p', patch, web.inNamespace);
    await eventually(
      'the greeting',
      async () => (await page(member)).includes('<h1>Good &lt;morning&gt;</h1>'),
      60_000,
    );
    await greet('Good evening');
    await eventually('the new greeting', async () => (await page(member)).includes('<h1>Good evening</h1>'), 60_000);
    await web.ready({ site: 2 });
  });

  it('is set up again after a restart of its container', async () => {
    const member = await web.member('site', 1);
    await web.restartContainer(member);
    const text = await page(member);
    expect(listed(text)).toEqual(await pods());
    // Files of the old container are gone with it.
    expect(news(text)).toEqual([]);
  });

  it('serves again at once if only its process has ended', async () => {
    const member = await web.member('site');
    const process = await web.inside(member, "grep -la 'http[.]server' /proc/[1-9]*/cmdline | cut -d / -f 3");
    expect(process).toMatch(/^\d+\n$/);
    await web.inside(member, `kill -KILL ${process}`);
    await eventually('the page', async () => listed(await page(member)).length === 2);
  });
});
