#compdef windrose
# Completion of windrose for zsh: source <(windrose completions zsh)
_windrose() {
    local -a found open closed
    found=("${(@f)$("${words[1]}" completions for -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    open=(${(M)found:#*[.=]})
    closed=(${found:#*[.=]})
    (( $#open )) && compadd -S '' -- $open
    (( $#closed )) && compadd -- $closed
    (( $#open + $#closed )) || _files
}
compdef _windrose windrose
