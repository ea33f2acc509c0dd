# zsh complete.zsh FOLDER LINE: what zsh offers at the end of a line, by the functions of a folder, one a line.
# The shell that completes is a real one, at a terminal of its own, and this file is what it reads first.
if [[ $1 != inside ]]; then
  zmodload zsh/zpty || exit 3
  zpty shell zsh -f -i
  zpty -w shell "source ${0:A} inside $1"
  while zpty -r shell line; do
    [[ $line == ready* ]] && break
  done
  zpty -w -n shell "$2"$'\t'
  integer edges=0
  while zpty -r shell line; do
    line=${line%$'\r\n'}
    if [[ $line == *$'\0'* ]]; then
      (( edges++ )) && exit 0
    elif (( edges )); then
      print -r -- $line
    fi
  done
  exit 4
fi

PROMPT=
fpath=($2 $fpath)
autoload -Uz compinit
compinit -u -d $2/.zcompdump
bindkey '^I' complete-word
edge() { print -r - $'\0' }
compprefuncs=(edge)
comppostfuncs=(edge exit)
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits
}
print ready
