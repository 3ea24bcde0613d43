/** Completion for fish: candidates and descriptions are separated by a tab, as fish wants them. */
export function fishScript(descriptions: boolean): string {
  const show = descriptions
    ? "string join \\n -- $lines[1..-2]"
    : "string replace -r '\\t.*' '' -- $lines[1..-2]";
  return `# fish completion for berth: berth completion fish | source

function __berth_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    test (count $lines) -gt 0; or return 1
    switch $lines[-1]
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':directories'
            __fish_complete_directories (commandline -ct)
        case '*'
            test (count $lines) -gt 1; and ${show}
    end
end

complete -c berth -e
complete -c berth -f -a '(__berth_complete)'
`;
}
