using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Completions;

/// <summary>Completion for bash: one function, which finds out what command the line has come to, and offers what can follow.</summary>
internal static class BashCompletion
{
    public static string Script(DescribedCommand root) => $$"""
        # bash completion for sanctum; made by 'sanctum completion bash'

        _sanctum() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} at=sanctum skip= word i
            for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ -n $skip ]]; then skip=; continue; fi
                case "$at $word" in
                    {{Alternatives(ShellWord.RunnersOf(root).Select(name => name + " --"))}})
                        # The words of another program: its name, then files.
                        compopt -o filenames 2>/dev/null
                        if ((i + 1 == COMP_CWORD)); then mapfile -t COMPREPLY < <(compgen -c -- "$current"); else mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
                        return ;;
                esac
                case "$word" in
                    {{Alternatives(ShellWord.OptionsOf(root, _ => true))}}) skip=yes; continue ;;
                    -*) continue ;;
                esac
                case "$at $word" in
                    {{string.Join("\n            ", root.AndBelow.SelectMany(Steps))}}
                esac
            done

            COMPREPLY=()
            if [[ -n $skip ]]; then
                case "$previous" in
                    {{Alternatives(ShellWord.OptionsOf(root, option => ShellWord.KindOf(option.HelpName) == Completed.Files))}}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                    {{Alternatives(ShellWord.OptionsOf(root, option => ShellWord.KindOf(option.HelpName) == Completed.Folders))}}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                esac
                return
            fi

            local words= options=
            case "$at" in
                {{string.Join("\n        ", root.AndBelow.Select(Offers))}}
            esac
            if [[ $current == -* ]]; then words=$options; fi
            case "$words" in
                :files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                :folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
            esac
        }

        complete -F _sanctum sanctum

        """;

    private static IEnumerable<string> Steps(DescribedCommand command) =>
        command.Subcommands.Select(below => $"{Alternatives(ShellWord.NamesOf(below.Command).Select(name => $"{command.Name} {name}"))}) at={ShellWord.Quoted(below.Name)} ;;");

    private static string Offers(DescribedCommand command)
    {
        var words = ShellWord.KindOfArgument(command) switch
        {
            Completed.Files => ":files",
            Completed.Folders => ":folders",
            _ => string.Join(' ', command.Subcommands.SelectMany(below => ShellWord.NamesOf(below.Command)).Concat(ShellWord.ChoicesOf(command))),
        };
        return $"{ShellWord.Quoted(command.Name)}) words={ShellWord.Quoted(words)}; options={ShellWord.Quoted(string.Join(' ', command.AllOptions.SelectMany(DescribedCommand.NamesOf)))} ;;";
    }

    private static string Alternatives(IEnumerable<string> words) => string.Join('|', words.Select(ShellWord.Quoted));
}
