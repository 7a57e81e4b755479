/**
 * What a shell runs at the key TAB: it hands over the words up to the cursor and gets a candidate a line, with its meaning after
 * a tab. `:files` and `:folders` ask the shell itself.
 */

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What `canary complete` answers where the shell knows better. */
export const ASK_SHELL = { file: ":files", folder: ":folders" } as const;

/**
 * Bash divides words at `=` and `:`, and replaces the last part alone.
 *
 * https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
const bash = `# bash completion of canary
_canary() {
  local line="\${COMP_LINE:0:COMP_POINT}" part="\${COMP_WORDS[COMP_CWORD]}" candidate last
  local -a typed
  read -ra typed <<< "$line"
  [[ "$line" == *[[:space:]] ]] && typed+=("")
  last="\${typed[\${#typed[@]}-1]}"
  case "$part" in =|:) part="" ;; esac
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    case "$candidate" in
      :files) compopt -o default 2> /dev/null ;;
      :folders) compopt -o dirnames 2> /dev/null ;;
      *) COMPREPLY+=("\${candidate#"\${last%"$part"}"}") ;;
    esac
    case "$candidate" in *[=.]) compopt -o nospace 2> /dev/null ;; esac
  done < <("\${COMP_WORDS[0]}" complete -- "\${typed[@]:1}" 2> /dev/null)
}
complete -F _canary canary
`;

/** https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
const zsh = `#compdef canary
# zsh completion of canary
_canary() {
  local line
  local -a candidates open
  while IFS= read -r line; do
    case "$line" in
      :files) _files; return ;;
      :folders) _files -/; return ;;
    esac
    local value="\${line%%$'\\t'*}"
    local shown="\${value//:/\\\\:}:\${line#*$'\\t'}"
    case "$value" in *[=.]) open+=("$shown") ;; *) candidates+=("$shown") ;; esac
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)
  _describe canary candidates -- open -S ''
}
if [ "$funcstack[1]" = _canary ]; then _canary "$@"; else compdef _canary canary; fi
`;

/** https://fishshell.com/docs/current/completions.html */
const fish = `# fish completion of canary
function __canary
  set -l typed (commandline -opc)
  set -l last (commandline -ct)
  for candidate in ($typed[1] complete -- $typed[2..] "$last" 2> /dev/null)
    switch $candidate
      case :files
        __fish_complete_path "$last"
      case :folders
        __fish_complete_directories "$last"
      case '*'
        echo $candidate
    end
  end
end
complete -c canary -f -a '(__canary)'
`;

/** The script for each shell. */
export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
