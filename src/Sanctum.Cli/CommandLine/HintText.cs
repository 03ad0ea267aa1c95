using System.Text.RegularExpressions;
using Sanctum.Cli.Completions;

namespace Sanctum.Cli.CommandLine;

/// <summary>
/// Hints that name a <c>sanctum</c> command, for whoever named the vault's folder or the daemon's address on the command line: typed as the hint has it, the command would act on another
/// vault. A folder that comes from the environment, or is the default, is found again without a word.
/// </summary>
internal static partial class HintText
{
    // Those that have a vault of their own or none, and the one that always goes into another folder.
    private static readonly string[] WithoutThisVault = ["completion", "demo", "dev", "man", "restore", "scan"];

    private static readonly Lazy<HashSet<string>> Commands = new(() =>
        [.. Program.Commands().Subcommands.SelectMany(ShellWord.NamesOf).Except(WithoutThisVault, StringComparer.Ordinal)]);

    /// <param name="text">What is said, with commands in it or not.</param>
    /// <param name="vault">The folder as it was typed; null where it was not.</param>
    /// <param name="others">What else was typed to say which vault is meant, such as an address.</param>
    public static string For(string text, string? vault, params ReadOnlySpan<(string Option, string? Value)> others)
    {
        List<string> options = [];
        foreach (var (option, value) in (ReadOnlySpan<(string, string?)>)[("--vault-path", vault), .. others])
        {
            options.AddRange(value is null ? [] : [Option(option, value)]);
        }

        return options is [] ? text : Command().Replace(text, found => IsAboutVault(found) ? $"sanctum {string.Join(' ', options)} {found.Groups["words"]}" : found.Value);
    }

    private static bool IsAboutVault(Match found) => !found.Groups["help"].Success && Commands.Value.Contains(found.Groups["words"].Value.Split(' ')[0]);

    // A word that begins with a dash is a value only where nothing separates it from its option.
    private static string Option(string name, string value) =>
        $"{name}{(value.StartsWith('-') ? '=' : ' ')}{(Plain().IsMatch(value) ? value : ShellWord.Quoted(value))}";

    [GeneratedRegex(@"\bsanctum (?<words>[a-z]+(?: [a-z]+)*)(?<help> --help)?")]
    private static partial Regex Command();

    // What no shell reads as anything else than itself.
    [GeneratedRegex(@"\A[A-Za-z0-9_./,:@%+-]+\z")]
    private static partial Regex Plain();
}
