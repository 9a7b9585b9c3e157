import { expect, it } from 'vitest';
import { sourceIPs } from '../../../src/apiserver/audit/source-ips.ts';

it('names the proxies in their order, then the other end of the connection, each once', () => {
  const headers = { 'x-forwarded-for': '10.0.0.1, nonsense, 2001:DB8:0::1', 'x-real-ip': '10.0.0.2' };
  expect(sourceIPs(headers, '192.0.2.7')).toEqual(['10.0.0.1', '2001:db8::1', '10.0.0.2', '192.0.2.7']);
  expect(sourceIPs({ 'x-forwarded-for': '10.0.0.1', 'x-real-ip': '10.0.0.1' }, '10.0.0.1')).toEqual(['10.0.0.1']);
  expect(sourceIPs({}, '::ffff:127.0.0.1')).toEqual(['127.0.0.1']);
  expect(sourceIPs({}, undefined)).toEqual([]);
});
