/**
 * Completion for bash. Words are taken from the line itself, because bash splits its own list at colons and equal
 * signs, which image names and flags have.
 */
export function bashScript(descriptions: boolean): string {
  return `# bash completion for berth: source <(berth completion bash)

_berth() {
  local line="\${COMP_LINE:0:COMP_POINT}" out fallback current i cut
  local -a words lines
  read -ra words <<< "$line"
  [[ "$line" =~ [[:space:]]$ ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  out="$("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)" || return 0
  mapfile -t lines <<< "$out"
  fallback="\${lines[\${#lines[@]}-1]}"
  unset "lines[\${#lines[@]}-1]"
  COMPREPLY=()
  case "$fallback" in
    :files) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; return 0 ;;
    :directories) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null; return 0 ;;
  esac
  # What bash takes for earlier words must not be repeated.
  cut="\${current%"\${current##*[:=]}"}"
  for i in "\${!lines[@]}"; do
    lines[i]="\${lines[i]#"$cut"}"
  done
  if [[ \${#lines[@]} -eq 1 || ${descriptions ? '"$COMP_TYPE" != 63' : "1"} ]]; then
    for i in "\${lines[@]}"; do COMPREPLY+=("\${i%%$'\\t'*}"); done
  else
    for i in "\${lines[@]}"; do
      if [[ "$i" == *$'\\t'* ]]; then
        printf -v i '%-20s (%s)' "\${i%%$'\\t'*}" "\${i#*$'\\t'}"
      fi
      COMPREPLY+=("$i")
    done
  fi
}

complete -o nosort -F _berth berth 2>/dev/null || complete -F _berth berth
`;
}
