/**
 * Streamed lists (KEP-3157) through kube-apiserver: the same requests to KubeDirectorApps, to custom resources of the
 * same shape and to ConfigMaps get the same answers, apart from what differs between the objects themselves.
 */
import { describe, expect, it } from 'vitest';
import { shapeOf, shapeOfText } from './support/twin.ts';
import { endsInitialEvents, openStream, type StreamEvent } from './support/watch-stream.ts';
import {
  configMaps,
  custom,
  front,
  namespace,
  ours,
  streaming,
  withCollections,
  type Collection,
} from './support/watch-list.ts';

withCollections();

async function newest(path: string): Promise<string> {
  const { text } = await front.ask(`${path}?limit=1`);
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

const as = (kind: string, version = 'v1'): string => `application/json;as=${kind};v=${version};g=meta.k8s.io`;

/** What a request is answered with, until the stream ends after its timeout. */
async function answerOf({ path }: Collection, query: string, accept?: string): Promise<object> {
  const stream = await openStream(front, `${path()}?${query.replace('NEWEST', await newest(path()))}`, accept);
  await stream.ended;
  if (stream.status !== 200) return { status: stream.status, text: shapeOfText(stream.text) };
  // Ordinary bookmarks are sent by timers, so how many there are is chance.
  const [first] = stream.events.filter((event) => isOrdinaryBookmark(event));
  const events = stream.events.filter((event) => !isOrdinaryBookmark(event));
  return { status: stream.status, events: events.map(shapeOf), bookmark: first && shapeOf(first) };
}

const isOrdinaryBookmark = (event: StreamEvent): boolean => event.type === 'BOOKMARK' && !endsInitialEvents(event);

const forms: readonly (readonly [string, string, string])[] = [
  ['JSON', 'application/json', ''],
  ['a Table', as('Table'), ''],
  ['a Table without objects', as('Table'), '&includeObject=None'],
  ['a Table with metadata', as('Table'), '&includeObject=Metadata'],
  ['a Table with objects', as('Table'), '&includeObject=Object'],
  ['a Table of v1beta1', as('Table', 'v1beta1'), ''],
  ['PartialObjectMetadata', as('PartialObjectMetadata'), ''],
  ['PartialObjectMetadata of v1beta1', as('PartialObjectMetadata', 'v1beta1'), ''],
  ['what kubectl asks for', `${as('Table')},${as('Table', 'v1beta1')},application/json`, ''],
  ['what metadata informers ask for', `${as('PartialObjectMetadata')},application/json`, ''],
];

describe('a streamed list', () => {
  it.each(forms)('of %s is as that of a custom resource', async (_, accept, query) => {
    const answers = await Promise.all(
      [ours, custom].map((one) => answerOf(one, `${streaming}&timeoutSeconds=1${query}`, accept)),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each(forms.filter(([, accept]) => !accept.includes('Table')))(
    'of %s is as that of ConfigMaps',
    async (_, accept, query) => {
      const asked = `${streaming}&timeoutSeconds=1&labelSelector=tier${query}`;
      const answers = await Promise.all([ours, configMaps].map((one) => answerOf(one, asked, accept)));
      expect(answers[0]).toEqual(answers[1]);
    },
  );

  const match = 'resourceVersionMatch=NotOlderThan';
  it.each([
    ['no version', streaming],
    ['version 0', `${streaming}&resourceVersion=0`],
    ['a version of long ago', `${streaming}&resourceVersion=1`],
    ['the newest version', `${streaming}&resourceVersion=NEWEST`],
    ['a version that is still to come', `${streaming}&resourceVersion=999999999`],
    ['no bookmarks', `watch=true&sendInitialEvents=true&${match}`],
    ['no initial events, and no version', `watch=true&sendInitialEvents=false&allowWatchBookmarks=true&${match}`],
    ['no initial events, and version 0', `watch=true&sendInitialEvents=false&${match}&resourceVersion=0`],
    ['no initial events, and the newest version', `watch=true&sendInitialEvents=false&${match}&resourceVersion=NEWEST`],
    ['a watch of old, from no version', 'watch=true&allowWatchBookmarks=true'],
    ['a watch of old, from version 0', 'watch=true&allowWatchBookmarks=true&resourceVersion=0'],
    ['a label selector', `${streaming}&labelSelector=tier%3Dgold`],
    ['a label selector that selects nothing', `${streaming}&labelSelector=tier%3Dnone`],
    ['a field selector', `${streaming}&fieldSelector=metadata.name%3Db`],
    ['a field selector that selects nothing', `${streaming}&fieldSelector=metadata.name%3Dnone`],
    ['a field that is not known', `${streaming}&fieldSelector=spec.none%3Db`],
    ['a limit', `${streaming}&limit=2`],
    ['initial events without a match', 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true'],
    ['no initial events without a match', 'watch=true&sendInitialEvents=false&allowWatchBookmarks=true'],
    [
      'initial events with Exact',
      'watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=NEWEST',
    ],
    ['initial events with a match that is none', 'watch=true&sendInitialEvents=true&resourceVersionMatch=Newest'],
    ['a match without initial events', `watch=true&${match}&resourceVersion=NEWEST`],
    ['Exact without initial events', 'watch=true&resourceVersionMatch=Exact'],
    ['a continue token', `${streaming}&continue=abc`],
    ['a continue token, and no match', 'watch=true&sendInitialEvents=true&continue=abc'],
    ['a list with initial events', 'sendInitialEvents=true'],
    ['a list without initial events', `sendInitialEvents=false&${match}&resourceVersion=0`],
    ['initial events that are neither true nor false', `watch=true&sendInitialEvents=maybe&${match}`],
    ['initial events that are empty', `watch=true&sendInitialEvents=&${match}`],
    [
      'bookmarks that are neither true nor false',
      `watch=true&sendInitialEvents=true&allowWatchBookmarks=maybe&${match}`,
    ],
    ['a timeout that is no number', `${streaming}&timeoutSeconds=soon`],
  ])('with %s is answered as for a custom resource', async (_, query) => {
    const asked = query.includes('timeoutSeconds') ? query : `${query}&timeoutSeconds=1`;
    const answers = await Promise.all([ours, custom].map((one) => answerOf(one, asked)));
    expect(answers[0]).toEqual(answers[1]);
  });

  it('of all namespaces and of one object is answered as for a custom resource', async () => {
    const all = ({ path }: Collection): string => path().replace(`/namespaces/${namespace}`, '');
    const one = ({ path }: Collection): string => `${path()}/b`;
    for (const pathOf of [all, one]) {
      const answers = await Promise.all(
        [ours, custom].map((each) => answerOf({ ...each, path: () => pathOf(each) }, `${streaming}&timeoutSeconds=1`)),
      );
      expect(answers[0]).toEqual(answers[1]);
    }
  });
});
