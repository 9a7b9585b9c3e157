/** Certificates for tests, made when needed. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pair {
  issue(subject: string, options?: IssueOptions): Promise<Pair>;
  /** A CA below this one; `usage` limits what it may sign for. */
  intermediate(
    subject: string,
    options?: { ca?: boolean; usage?: 'serverAuth'; pathLength?: number },
  ): Promise<Authority>;
  /** Another certificate of this CA, with the same key. */
  renewed(options: IssueOptions): Promise<Pair>;
}

export interface IssueOptions {
  readonly usage?: 'clientAuth' | 'serverAuth' | 'none';
  readonly from?: Date;
  readonly until?: Date;
  /** DNS names besides localhost. */
  readonly names?: readonly string[];
  /** Of a CA: how many CAs may stand below it. */
  readonly pathLength?: number;
}

x509.cryptoProvider.set(webcrypto);

function keys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

const serial = (): string =>
  Math.floor(Math.random() * 1e12)
    .toString(16)
    .padStart(12, '1');
const validity = ({ from, until }: IssueOptions = {}) => ({
  notBefore: from ?? new Date(Date.now() - day),
  notAfter: until ?? new Date(Date.now() + day),
});

export async function createAuthority(subject = 'CN=test-ca', options?: IssueOptions): Promise<Authority> {
  const own = await keys();
  return authority(own, await selfSigned(subject, own, options));
}

function selfSigned(name: string, own: webcrypto.CryptoKeyPair, options?: IssueOptions): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    keys: own,
    signingAlgorithm: algorithm,
    ...validity(options),
    extensions: [new x509.BasicConstraintsExtension(true, options?.pathLength, true)],
  });
}

async function authority(own: webcrypto.CryptoKeyPair, cert: x509.X509Certificate): Promise<Authority> {
  const sign = (
    subject: string,
    publicKey: webcrypto.CryptoKey,
    extensions: x509.Extension[],
    options?: IssueOptions,
  ) =>
    x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: cert.subject,
      publicKey,
      signingKey: own.privateKey,
      signingAlgorithm: algorithm,
      ...validity(options),
      extensions,
    });
  return {
    cert: cert.toString('pem'),
    key: await pem(own.privateKey),
    async issue(subject, options = {}) {
      const { usage = 'clientAuth', names = [] } = options;
      const pair = await keys();
      const extensions: x509.Extension[] = [
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
      ];
      if (usage !== 'none') extensions.push(new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]));
      const made = await sign(subject, pair.publicKey, extensions, options);
      return { cert: made.toString('pem'), key: await pem(pair.privateKey) };
    },
    async renewed(options) {
      return { cert: (await selfSigned(cert.subject, own, options)).toString('pem'), key: await pem(own.privateKey) };
    },
    async intermediate(subject, { ca = true, usage, pathLength } = {}) {
      const pair = await keys();
      const extensions: x509.Extension[] = ca ? [new x509.BasicConstraintsExtension(true, pathLength, true)] : [];
      if (usage !== undefined) extensions.push(new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]));
      return authority(pair, await sign(subject, pair.publicKey, extensions));
    },
  };
}
