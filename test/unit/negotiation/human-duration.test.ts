import { expect, it } from 'vitest';
import { humanDuration } from '../../../src/apiserver/negotiation/index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

// The table of the tests of k8s.io/apimachinery/pkg/util/duration.
it.each([
  [NaN, '<invalid>'],
  [-2 * second, '<invalid>'],
  [-1999, '0s'],
  [-1 * second, '0s'],
  [0, '0s'],
  [second, '1s'],
  [119 * second, '119s'],
  [120 * second, '2m'],
  [2 * minute + 3 * second, '2m3s'],
  [10 * minute, '10m'],
  [10 * minute + second, '10m'],
  [3 * hour - second, '179m'],
  [3 * hour, '3h'],
  [3 * hour + minute, '3h1m'],
  [8 * hour - second, '7h59m'],
  [8 * hour, '8h'],
  [8 * hour + 59 * minute, '8h'],
  [2 * day - second, '47h'],
  [2 * day, '2d'],
  [2 * day + hour, '2d1h'],
  [8 * day - second, '7d23h'],
  [8 * day, '8d'],
  [2 * 365 * day - second, '729d'],
  [2 * 365 * day, '2y'],
  [2 * 365 * day + day, '2y1d'],
  [8 * 365 * day - second, '7y364d'],
  [8 * 365 * day, '8y'],
  [8 * 365 * day + 364 * day, '8y'],
  [9 * 365 * day, '9y'],
])('%d ms are %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
