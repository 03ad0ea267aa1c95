using System.CommandLine;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Completions;

/// <summary>Completion for fish: a line for each thing that can follow a command, with a word about it.</summary>
internal static class FishCompletion
{
    public static string Script(DescribedCommand root)
    {
        var script = new StringBuilder($$"""
            # fish completion for sanctum; made by 'sanctum completion fish'

            function __sanctum_at
                set -l at sanctum
                set -l skip
                set -l words (commandline -opc)
                for word in $words[2..-1]
                    if test -n "$skip"
                        set skip
                        continue
                    end
                    switch "$at $word"
                        case {{Words(ShellWord.RunnersOf(root).Select(name => name + " --"))}}
                            # The words of another program.
                            test "$argv[1]" = --
                            return
                    end
                    switch $word
                        case {{Words(ShellWord.OptionsOf(root, _ => true))}}
                            set skip yes
                            continue
                        case '-*'
                            continue
                    end
                    switch "$at $word"
            {{string.Concat(root.AndBelow.SelectMany(Steps))}}        end
                end
                test "$at" = "$argv[1]"
            end

            complete -c sanctum -f
            complete -c sanctum -n '__sanctum_at --' -F -a '(__fish_complete_command)'

            """);
        foreach (var command in root.AndBelow)
        {
            AddTo(script, command);
        }

        return script.ToString();
    }

    private static IEnumerable<string> Steps(DescribedCommand command) => command.Subcommands.Select(below =>
        $"            case {Words(ShellWord.NamesOf(below.Command).Select(name => $"{command.Name} {name}"))}\n                set at {Quoted(below.Name)}\n");

    private static void AddTo(StringBuilder script, DescribedCommand command)
    {
        var when = $"complete -c sanctum -n {Quoted($"__sanctum_at {Quoted(command.Name)}")}";
        foreach (var below in command.Subcommands)
        {
            script.Append(when).Append(" -a ").Append(Quoted(string.Join(' ', ShellWord.NamesOf(below.Command)))).Append(" -d ").Append(Quoted(below.Description)).Append('\n');
        }

        if (ShellWord.ChoicesOf(command) is { Count: > 0 } choices)
        {
            script.Append(when).Append(" -a ").Append(Quoted(string.Join(' ', choices))).Append('\n');
        }

        script.Append(ShellWord.KindOfArgument(command) switch
        {
            Completed.Files => when + " -F\n",
            Completed.Folders => when + " -a '(__fish_complete_directories)'\n",
            _ => "",
        });
        foreach (var option in command.AllOptions)
        {
            script.Append(when).Append(string.Concat(DescribedCommand.NamesOf(option).Select(Named))).Append(Value(option)).Append(" -d ").Append(Quoted(option.Description!)).Append('\n');
        }
    }

    private static string Named(string name) => name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}";

    private static string Value(Option option) => !DescribedCommand.TakesValue(option) ? "" : ShellWord.KindOf(option.HelpName) switch
    {
        Completed.Files => " -r -F",
        Completed.Folders => " -x -a '(__fish_complete_directories)'",
        _ => " -x",
    };

    private static string Words(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    // Of all shells here, only fish reads a backslash in single quotes.
    private static string Quoted(string text) => "'" + text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal) + "'";
}
