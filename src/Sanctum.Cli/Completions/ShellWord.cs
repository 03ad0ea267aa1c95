using System.CommandLine;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Completions;

/// <summary>What the scripts of all shells are made of.</summary>
internal static class ShellWord
{
    /// <summary>In single quotes, as every shell here reads them.</summary>
    public static string Quoted(string text) => "'" + text.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    /// <summary>What a value is, by the name that the help gives it.</summary>
    public static Completed KindOf(string? helpName) => helpName switch
    {
        "FILE" or "PATH" => Completed.Files,
        "DIR" => Completed.Folders,
        _ => Completed.Nothing,
    };

    /// <summary>What the command's first argument is. A <c>PATH</c> there is a credential's, and only the vault knows those.</summary>
    public static Completed KindOfArgument(DescribedCommand command) =>
        command.Arguments.FirstOrDefault()?.Name is { } name && name != "PATH" ? KindOf(name) : Completed.Nothing;

    /// <summary>The words that an argument can be, where they are known.</summary>
    public static IReadOnlyList<string> ChoicesOf(DescribedCommand command) =>
        [.. command.Arguments.SelectMany(argument => argument.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty)).Select(item => item.Label)];

    /// <summary>The commands that run another program, whose words follow <c>--</c>.</summary>
    public static IEnumerable<string> RunnersOf(DescribedCommand root) =>
        root.AndBelow.Where(command => command.Arguments.FirstOrDefault()?.Name == "COMMAND").Select(command => command.Name);

    /// <summary>A command's name and its other names, which begin the same command line.</summary>
    public static IEnumerable<string> NamesOf(Command command) => command.Aliases.Prepend(command.Name).Distinct();

    /// <summary>All options that take something of a kind, by any command.</summary>
    public static IEnumerable<string> OptionsOf(DescribedCommand root, Func<Option, bool> which) =>
        root.AndBelow.SelectMany(command => command.AllOptions).Where(option => DescribedCommand.TakesValue(option) && which(option))
            .SelectMany(DescribedCommand.NamesOf).Distinct().Order(StringComparer.Ordinal);
}

/// <summary>What a shell completes a value with.</summary>
internal enum Completed
{
    Nothing,
    Files,
    Folders,
}
