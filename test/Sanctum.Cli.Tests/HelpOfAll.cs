using System.Text.RegularExpressions;

namespace Sanctum.Cli.Tests;

/// <summary>What the real executable's <c>--help</c> says of each command: read from what is printed, not from what prints it.</summary>
internal sealed partial record HelpOfAll(string Command, IReadOnlyList<string> Subcommands, IReadOnlyList<string> Options)
{
    private static readonly Lazy<Task<IReadOnlyList<HelpOfAll>>> Everything = new(ReadAllAsync);

    /// <summary>Each command under each of its names, <c>sanctum</c> first.</summary>
    public static Task<IReadOnlyList<HelpOfAll>> AllAsync() => Everything.Value;

    private static async Task<IReadOnlyList<HelpOfAll>> ReadAllAsync()
    {
        await using var folder = new CliFolder();
        return await ReadAsync("sanctum", folder.Environment);
    }

    private static async Task<IReadOnlyList<HelpOfAll>> ReadAsync(string command, IReadOnlyDictionary<string, string> environment)
    {
        var shown = await CliProcess.RunAsync([.. command.Split(' ')[1..], "--help"], environment);
        Assert.Equal(0, shown.ExitCode);
        var subcommands = Section(shown.Output, "Commands:").SelectMany(line => FirstWords().Match(line).Groups["name"].Captures.Select(name => name.Value)).ToList();
        var options = Section(shown.Output, "Options:").SelectMany(line => OptionNames().Match(line).Groups["name"].Captures.Select(name => name.Value)).Where(name => name is not ("-?" or "/?" or "/h")).ToList();
        List<HelpOfAll> all = [new(command, subcommands, options)];
        foreach (var below in subcommands)
        {
            all.AddRange(await ReadAsync($"{command} {below}", environment));
        }

        return all;
    }

    private static IEnumerable<string> Section(string help, string title) =>
        help.Split('\n').SkipWhile(line => line != title).Skip(1).TakeWhile(line => line.Length > 0);

    // "  unseal, unlock   Open the running daemon's vault": descriptions that go on are further to the right.
    [GeneratedRegex("^  (?<name>[a-z][a-z-]*)(, (?<name>[a-z][a-z-]*))*( |$)")]
    private static partial Regex FirstWords();

    [GeneratedRegex("^  (?<name>[-/][-a-z?]+)(, (?<name>[-/][-a-z?]+))*( |$)")]
    private static partial Regex OptionNames();
}
