# Completion of windrose for bash: source <(windrose completions bash)
_windrose() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        # What goes on after it gets no blank.
        [[ $line == *[.=] ]] || line+=' '
        COMPREPLY+=("$line")
    done < <("${COMP_WORDS[0]}" completions for -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nospace -o default -F _windrose windrose
