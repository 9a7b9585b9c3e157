/** Asking a member's package whether the member works. It changes nothing, so any leader may ask, and several at once. */
import { healthTailBytes, noStartscript } from '../../../guest/answers.ts';
import { healthcheckOption } from '../../../guest/startscript.ts';
import { jobs } from './jobs.ts';

/** Seconds from SIGTERM to SIGKILL. */
const killAfterSeconds = 2;

/**
 * kd-health: $1 seconds that the check may take. However much the startscript prints, only an end of it is kept, in memory. A
 * process that it leaves behind may hold its standard error open: nobody waits for that.
 */
export const health = String.raw`${jobs}
limit=$1
scripts=("$guest"/*/startscript)
script=${'$'}{scripts[0]:-}
[ -n "$script" ] || { echo '${noStartscript}' >&2; exit 4; }
use_tools
part=$(mktemp -d) || exit
trap 'rm -rf -- "$part"' EXIT
mkfifo -- "$part/pipe" || exit
tail -c ${healthTailBytes} < "$part/pipe" > "$part/words" 2> /dev/null &
reader=$!
code=0
timeout -k ${killAfterSeconds} "$limit" "$script" ${healthcheckOption} < /dev/null > /dev/null 2> "$part/pipe" || code=$?
for turn in {1..5}; do
  kill -0 "$reader" 2> /dev/null || break
  sleep 0.1
done
kill "$reader" 2> /dev/null
echo "health=$code"
[ "$code" = 0 ] || echo "stderr=$(base64 -w 0 < "$part/words")"
`;
