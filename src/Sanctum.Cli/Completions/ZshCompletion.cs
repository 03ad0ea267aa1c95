using System.CommandLine;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Completions;

/// <summary>Completion for zsh, with a word about each thing that is offered.</summary>
internal static class ZshCompletion
{
    public static string Script(DescribedCommand root) => $$"""
        #compdef sanctum
        # zsh completion for sanctum; made by 'sanctum completion zsh'

        _sanctum() {
            local at=sanctum skip= word
            local -i place=1
            local -a commands options
            for word in "${(@)words[2,CURRENT-1]}"; do
                place+=1
                if [[ -n $skip ]]; then skip=; continue; fi
                case "$at $word" in
                    ({{Alternatives(ShellWord.RunnersOf(root).Select(name => name + " --"))}})
                        # The words of another program, which has its own completion.
                        words=("${(@)words[place+1,-1]}")
                        CURRENT=$((CURRENT - place))
                        _normal
                        return ;;
                esac
                case $word in
                    ({{Alternatives(ShellWord.OptionsOf(root, _ => true))}}) skip=yes; continue ;;
                    (-*) continue ;;
                esac
                case "$at $word" in
                    {{string.Join("\n            ", root.AndBelow.SelectMany(Steps))}}
                esac
            done

            if [[ -n $skip ]]; then
                case $words[CURRENT-1] in
                    ({{Alternatives(ShellWord.OptionsOf(root, option => ShellWord.KindOf(option.HelpName) == Completed.Files))}}) _files ;;
                    ({{Alternatives(ShellWord.OptionsOf(root, option => ShellWord.KindOf(option.HelpName) == Completed.Folders))}}) _files -/ ;;
                    (*) _message 'a value' ;;
                esac
                return
            fi

            case $at in
                {{string.Join("\n        ", root.AndBelow.Select(Offers))}}
            esac
            if [[ $words[CURRENT] == -* ]]; then
                _describe -o option options
            elif [[ $commands[1] == :files ]]; then
                _files
            elif [[ $commands[1] == :folders ]]; then
                _files -/
            else
                _describe command commands
            fi
        }

        if [[ $funcstack[1] == _sanctum ]]; then
            _sanctum "$@"
        else
            compdef _sanctum sanctum
        fi

        """;

    private static IEnumerable<string> Steps(DescribedCommand command) =>
        command.Subcommands.Select(below => $"({Alternatives(ShellWord.NamesOf(below.Command).Select(name => $"{command.Name} {name}"))}) at={ShellWord.Quoted(below.Name)} ;;");

    private static string Offers(DescribedCommand command)
    {
        IEnumerable<string> words = ShellWord.KindOfArgument(command) switch
        {
            Completed.Files => [":files"],
            Completed.Folders => [":folders"],
            _ => command.Subcommands.SelectMany(below => ShellWord.NamesOf(below.Command).Select(name => Offer(name, below.Description))).Concat(ShellWord.ChoicesOf(command)),
        };
        var options = command.AllOptions.SelectMany(option => DescribedCommand.NamesOf(option).Select(name => Offer(name, option.Description!)));
        return $"({ShellWord.Quoted(command.Name)}) commands=({List(words)}) options=({List(options)}) ;;";
    }

    // The first colon parts the word from what is said about it.
    private static string Offer(string word, string description) => $"{word.Replace(":", @"\:", StringComparison.Ordinal)}:{description}";

    private static string List(IEnumerable<string> words) => string.Join(' ', words.Select(ShellWord.Quoted));

    private static string Alternatives(IEnumerable<string> words) => string.Join('|', words.Select(ShellWord.Quoted));
}
