/** Formats ages for people. Source: k8s.io/apimachinery/pkg/util/duration HumanDuration. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A large unit and a small one, which is left out if it is zero. */
function pair(ms: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)}${largeName}`;
  return rest === 0 ? head : `${head}${rest}${smallName}`;
}

/**
 * Two to three significant figures: "5s", "2m3s", "3h12m", "5d". Up to two seconds in the future count as now (clocks
 * differ), more is "<invalid>".
 * @param ms milliseconds
 */
export function humanDuration(ms: number): string {
  if (!(ms > -2 * second)) return '<invalid>';
  if (ms < 0) return '0s';
  if (ms < 2 * minute) return `${Math.floor(ms / second)}s`;
  if (ms < 10 * minute) return pair(ms, [minute, 'm'], [second, 's']);
  if (ms < 3 * hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 8 * hour) return pair(ms, [hour, 'h'], [minute, 'm']);
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`;
  if (ms < 8 * day) return pair(ms, [day, 'd'], [hour, 'h']);
  if (ms < 2 * year) return `${Math.floor(ms / day)}d`;
  if (ms < 8 * year) return pair(ms, [year, 'y'], [day, 'd']);
  return `${Math.floor(ms / year)}y`;
}
