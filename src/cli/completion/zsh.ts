/** Completion for zsh, to be put into a directory of `$fpath` as `_berth`, or sourced. */
export function zshScript(descriptions: boolean): string {
  return `#compdef berth
# zsh completion for berth: source <(berth completion zsh)

_berth() {
  local out fallback line
  local -a lines described plain
  out="$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)" || return 1
  lines=("\${(@f)out}")
  fallback="\${lines[-1]}"
  lines[-1]=()
  for line in "\${lines[@]}"; do
    [[ -z "$line" ]] && continue
    plain+=("\${line%%$'\\t'*}")
    if [[ "$line" == *$'\\t'* ]]; then
      described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${line//:/\\\\:}")
    fi
  done
  case "$fallback" in
    :files) _files ;;
    :directories) _files -/ ;;
    *) ${descriptions ? "_describe 'berth' described" : "compadd -a plain"} ;;
  esac
}

# Sourced, it registers itself; from $fpath, compinit has done so and calls it.
if [[ "$funcstack[1]" == "_berth" ]]; then
  _berth "$@"
else
  compdef _berth berth
fi
`;
}
