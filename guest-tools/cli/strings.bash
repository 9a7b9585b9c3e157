# string NUMBER: that string, decoded. Status 1 where no shell can hold it: it has a NUL, or an escape that is none.
string() {
  REPLY=${P[2 * $1 + 1]}
  [[ $REPLY != *"$backslash"* ]] || decode "$REPLY"
}

# The characters that \uXXXX have stood for so far.
declare -A characters=()

# decode RAW: with its escapes (RFC 8259, section 7) replaced.
decode() {
  local IFS=$backslash part tail decoded code i
  local -a parts=($1)
  IFS=' '
  decoded=${parts[0]-}
  for (( i = 1; i < ${#parts[@]}; i++ )); do
    part=${parts[i]} tail=${parts[i]:1}
    case $part in
      n*) decoded+=$'\n' ;;
      t*) decoded+=$'\t' ;;
      r*) decoded+=$'\r' ;;
      b*) decoded+=$'\b' ;;
      f*) decoded+=$'\f' ;;
      /* | "$quote"*) decoded+=${part:0:1} ;;
      '')
        # An escaped backslash; what follows it is not escaped. At the end of the text nothing follows.
        (( ++i ))
        decoded+=$backslash tail=${parts[i]-}
        ;;
      u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]*)
        code=${part:1:4} tail=${part:5}
        # Two of them may be one character (UTF-16 surrogates).
        if [[ $code == [dD][89abAB]* && ! $tail && ${parts[i + 1]-} == u[dD][c-fC-F][0-9A-Fa-f][0-9A-Fa-f]* ]]; then
          (( ++i ))
          code+=${parts[i]:1:4} tail=${parts[i]:5}
        fi
        [[ ${characters[$code]-} ]] || character "$code" || return 1
        decoded+=${characters[$code]}
        ;;
      *) return 1 ;;
    esac
    decoded+=$tail
  done
  REPLY=$decoded
}

# character HEX: puts UTF-8 of what one or two UTF-16 units stand for into characters. Status 1 for NUL.
character() {
  local code=$(( 16#${1:0:4} )) bytes encoded
  (( code )) || return 1
  (( ${#1} == 4 )) || code=$(( 0x10000 + ((code & 0x3ff) << 10) + (16#${1:4} & 0x3ff) ))
  # Half a pair is no character.
  (( code < 0xd800 || code > 0xdfff )) || code=$(( 0xfffd ))
  if (( code < 0x80 )); then
    printf -v bytes '\\x%02x' "$code"
  elif (( code < 0x800 )); then
    printf -v bytes '\\x%02x' $(( 0xc0 | code >> 6 )) $(( 0x80 | code & 0x3f ))
  elif (( code < 0x10000 )); then
    printf -v bytes '\\x%02x' $(( 0xe0 | code >> 12 )) $(( 0x80 | code >> 6 & 0x3f )) $(( 0x80 | code & 0x3f ))
  else
    printf -v bytes '\\x%02x' $(( 0xf0 | code >> 18 )) $(( 0x80 | code >> 12 & 0x3f )) \
      $(( 0x80 | code >> 6 & 0x3f )) $(( 0x80 | code & 0x3f ))
  fi
  printf -v encoded "$bytes"
  characters[$1]=$encoded
}
