/** By which names the server is called: kube-apiserver verifies the Service's, people use others. */
import type { X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import type { NamespacedName } from '../../meta/object.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { ConfigurationError } from '../configuration-error.ts';

/** Each once, addresses in their shortest form. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

const shortest = (address: string): string =>
  new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;

function sorted(names: readonly string[]): ServingNames {
  const [addresses, dnsNames] = [names.filter((name) => isIP(name) !== 0), names.filter((name) => isIP(name) === 0)];
  return { dnsNames: [...new Set(dnsNames)], addresses: [...new Set(addresses.map(shortest))] };
}

/** `*.` may begin it. Digits only at its end make an address with a slip in it. */
const isDnsName = (name: string): boolean =>
  dns1123SubdomainErrors(name.replace(/^\*\./, '')).length === 0 && !/(^|\.)\d+$/.test(name);

/**
 * The names that a certificate for this Service is to have. kube-apiserver uses `<name>.<namespace>.svc`.
 * @param extra more names and addresses
 * @throws ConfigurationError for one that is neither
 */
export function servingNames({ namespace, name }: NamespacedName, extra: readonly string[]): ServingNames {
  for (const one of extra) {
    if (isIP(one) === 0 && !isDnsName(one))
      throw new ConfigurationError(`${JSON.stringify(one)} is neither a DNS name nor an IP address`);
  }
  const service = `${name}.${namespace}`;
  return sorted([`${service}.svc`, `${service}.svc.cluster.local`, service, 'localhost', '127.0.0.1', ...extra]);
}

/** The DNS names and IP addresses of a certificate's subjectAltName. */
export function namesOf(certificate: X509Certificate): ServingNames {
  const names = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  return sorted(names.filter((name) => name !== ''));
}

/** The names of both, sorted, each once. */
export function unite(one: ServingNames, other: ServingNames): ServingNames {
  return sorted([...one.dnsNames, ...one.addresses, ...other.dnsNames, ...other.addresses]);
}

/** Whether the certificate holds all these names and addresses. */
export function covers(certificate: X509Certificate, { dnsNames, addresses }: ServingNames): boolean {
  const has = namesOf(certificate);
  return (
    dnsNames.every((name) => has.dnsNames.includes(name)) &&
    addresses.every((address) => has.addresses.includes(address))
  );
}
