/** How long ago something was, as kubectl prints it. Source: k8s.io/apimachinery/pkg/util/duration, HumanDuration */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** "45s", "3m20s", "25m", "5h10m", "2d3h", "400d"; "<unknown>" for a time that is missing or no time. */
export function ageText(since: string | undefined, now: Date): string {
  const began = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(began)) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now.getTime() - began) / 1000));
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return parts(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return parts(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return parts(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * 365 * day) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * 365 * day) return parts(seconds, 365 * day, 'y', day, 'd');
  return `${Math.floor(seconds / (365 * day))}y`;
}

function parts(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
}
