/** The probes of a member's container, as the app has them. A port by its name is that of a service of the role. */
import type { Container } from '../../../apis/kubernetes/types.ts';
import type { AppRole } from '../../../apis/kubedirector/types.ts';
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';

/** Only those that there are. */
type Probes = Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'>;

const kinds = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;

/** Without what stands for a default: Kubernetes stores the default in its place, and would be found to differ for ever. */
export function probesOf(role: Pick<AppRole, (typeof kinds)[number]>): Probes {
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const probe = role[kind];
      return probe === undefined ? [] : [[kind, said({ ...probe })] as const];
    }),
  );
}

function said(object: JsonObject): JsonObject {
  const fields = Object.entries(object).filter(([, value]) => value !== 0 && value !== '' && value !== null);
  return Object.fromEntries(fields.map(([key, value]) => [key, isJsonObject(value) ? said(value) : value]));
}

/** Whether the role says when its members' containers are ready. */
export const saysWhenReady = ({ startupProbe, readinessProbe }: Probes): boolean =>
  startupProbe !== undefined || readinessProbe !== undefined;
