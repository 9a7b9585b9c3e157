/** Tells kube-apiserver which CA this server's certificate has: spec.caBundle of the APIService. */
import type { APIService } from '../../apis/kubernetes/types.ts';
import type { ServerObjects } from '../../clients/contract.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { Logger } from '../../runtime/logger.ts';

/** Where this server is registered; an APIService is in no namespace. */
export const registration: NamespacedName = { namespace: '', name: 'v1beta1.kubedirector.hpe.com' };

interface CaBundleOptions {
  readonly apiServices: ServerObjects['apiServices'];
  /** The Service in front of this server: an APIService that leads elsewhere is left alone. */
  readonly service: NamespacedName;
  readonly logger: Logger;
  /** Whether this process writes it. */
  readonly leads: () => boolean;
}

/** Writes spec.caBundle of the APIService. */
export interface CaBundle {
  /**
   * Sets the bundle if this process leads, unless it is this one already or somebody else keeps it.
   * @param bundle PEM
   * @throws StatusError where the APIService could not be read or written
   */
  ensure(bundle: string): Promise<void>;
}

/** cert-manager's cainjector keeps the bundle where it finds one of these. */
const injected = /^cert-manager\.io\/inject-/;

/** Writes the bundle only where the APIService names this server's Service. */
export function createCaBundle({ apiServices, service, logger, leads }: CaBundleOptions): CaBundle {
  let said: string | undefined;
  function sayOnce(level: 'info' | 'warn', why: string): void {
    if (why !== said) logger[level]({ apiService: registration.name }, why);
    said = why;
  }
  return {
    async ensure(bundle) {
      if (!leads()) return;
      const current = await apiServices.read(registration);
      if (current === undefined) {
        sayOnce('info', 'there is no APIService yet: its caBundle is set as soon as there is one');
        return;
      }
      const foreign = whyForeign(current, service);
      if (foreign !== undefined) {
        sayOnce(foreign.level, foreign.why);
        return;
      }
      said = undefined;
      const caBundle = Buffer.from(bundle).toString('base64');
      if (current.spec.caBundle === caBundle) return;
      // Judged by what was read: a registration that has changed since is looked at again.
      const metadata = { uid: current.metadata.uid, resourceVersion: current.metadata.resourceVersion };
      await apiServices.patch(registration, { metadata, spec: { caBundle } });
      logger.info({ apiService: registration.name }, 'the caBundle of the APIService was set');
    },
  };
}

/** Why the caBundle is not ours to keep; undefined where it is. */
function whyForeign(
  { metadata: { annotations = {} }, spec }: APIService,
  { namespace, name }: NamespacedName,
): { level: 'info' | 'warn'; why: string } | undefined {
  if (Object.keys(annotations).some((key) => injected.test(key))) {
    return { level: 'info', why: 'the caBundle of the APIService is left to cert-manager' };
  }
  if (spec.service === undefined) {
    const why = 'the APIService leads to no Service: are there CRDs of this group? Its caBundle is left alone';
    return { level: 'warn', why };
  }
  if (spec.service.namespace !== namespace || spec.service.name !== name) {
    const [to, ours] = [`${spec.service.namespace ?? ''}/${spec.service.name ?? ''}`, `${namespace}/${name}`];
    const why = `the APIService leads to Service ${to}, not to ${ours}: its caBundle is left alone`;
    return { level: 'warn', why };
  }
  if (spec.insecureSkipTLSVerify === true) {
    return { level: 'warn', why: 'the APIService asks for no verification (insecureSkipTLSVerify): it is left alone' };
  }
  return undefined;
}
