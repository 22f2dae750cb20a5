# Completion of windrose for fish: windrose completions fish | source
complete -c windrose -a '(windrose completions for -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
