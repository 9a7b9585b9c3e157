/** Serves the certificate of the server's own making, and has kube-apiserver trust its CA. */
import type { Clock } from '../../runtime/clock.ts';
import type { CaBundle } from './ca-bundle.ts';
import { trustBundle, type Issued } from './issued.ts';
import type { OwnCertificate } from './own.ts';
import type { Served } from './served.ts';

interface OwnSourceOptions {
  readonly own: OwnCertificate;
  readonly caBundle: CaBundle;
  readonly served: Served;
  readonly clock: Clock;
}

/** Milliseconds between looks at what time may have made due. */
const lookMs = 3_600_000;
/** Milliseconds that every kube-apiserver gets to see a new caBundle. */
const settleMs = 10_000;

/**
 * The check of a loop. Where the Secret was lost or spoilt its new certificate comes from a CA that nobody knows yet:
 * the old one is served until kube-apiserver has had the time to learn of it.
 */
export function createOwnSource({ own, caBundle, served, clock }: OwnSourceOptions): () => Promise<number> {
  /** PEM: the CAs that kube-apiserver was told of before this look; undefined where it was told of none yet. */
  let trusted: string | undefined;
  /** The CA that it has just been told of. */
  let unknown: { readonly signer: string; readonly since: number } | undefined;
  const serve = ({ leaf }: Issued): void => served.set({ key: leaf.key, cert: leaf.certificate });

  return async () => {
    const issued = await own.check();
    const bundle = trustBundle(issued);
    const signer = issued.signer.certificate.trim();
    const known = trusted?.includes(signer) ?? true;
    if (known) serve(issued);
    await caBundle.ensure(bundle);
    if (known) {
      [trusted, unknown] = [bundle, undefined];
      return lookMs;
    }
    if (unknown?.signer !== signer) unknown = { signer, since: clock.monotonic() };
    const restMs = settleMs - (clock.monotonic() - unknown.since);
    if (restMs > 0) return restMs;
    serve(issued);
    [trusted, unknown] = [bundle, undefined];
    return lookMs;
  };
}
