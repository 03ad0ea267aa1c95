using System.CommandLine;
using System.CommandLine.Parsing;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.CommandLine;

/// <summary>Says what was wrong with a command line, and what was probably meant.</summary>
internal static class UsageErrors
{
    public static int Report(ParseResult parsed)
    {
        // What could not be parsed may hold "--json" all the same, and who asked for JSON gets it.
        using var terminal = new Terminal(json: parsed.Tokens.Any(it => it.Value == "--json"), verbose: false, NamedVault(parsed));
        terminal.Fail(Failure.From(Explain(parsed)));
        return ExitCode.Usage;
    }

    private static string? NamedVault(ParseResult parsed)
    {
        for (CommandResult? result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            if (result.Children.OfType<OptionResult>().FirstOrDefault(it => it.Option.Name == GlobalOptions.VaultPathName && it.Tokens.Count > 0) is { } given)
            {
                return given.Tokens[0].Value;
            }
        }

        return null;
    }

    internal static CliException Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = FullName(parsed.CommandResult);
        var help = $"see '{name} --help'";
        // Of an unknown command the options are unknown as well; the command is what was mistaken.
        var word = parsed.UnmatchedTokens.FirstOrDefault();
        if (word is not (null or ['-', ..]) && CommandAt(parsed, word) is { Command.Subcommands.Count: > 0 } at)
        {
            return UnknownCommand(at.Command, FullName(at), word, $"see '{FullName(at)} --help'");
        }

        if (StrayOption(parsed) is { } stray)
        {
            return UnknownOption(parsed, name, stray, help);
        }

        if (word is not null)
        {
            return TooMuch(command, name);
        }

        if (parsed.Errors.FirstOrDefault(it => OfOption(it) is not null) is { } mistaken)
        {
            return CliErrors.Usage(OfOption(mistaken)!, IsNoNumber(mistaken) ? "it takes a whole number" : help);
        }

        if (command.Subcommands.Count > 0)
        {
            return CliErrors.Usage($"'{name}' needs a command", $"there are {string.Join(", ", command.Subcommands.Where(it => !it.Hidden).Select(it => it.Name))}");
        }

        return CliErrors.Usage(Message(parsed.Errors[0], name), help);
    }

    /// <summary>
    /// A word that looks like an option and is none. The parser would take it for an argument where one is wanted: then
    /// <c>store --tpye x</c> would make a credential of that name. After <c>--</c> words are arguments whatever they look like.
    /// </summary>
    internal static string? StrayOption(ParseResult parsed) => parsed.Tokens
        .TakeWhile(it => it.Type != TokenType.DoubleDash)
        .Where(it => it.Type == TokenType.Argument && it.Value is ['-', _, ..] && !IsValueOfOption(parsed, it))
        .Select(it => it.Value)
        .FirstOrDefault();

    private static CliException UnknownOption(ParseResult parsed, string name, string word, string help)
    {
        // Never more than the option's name: what follows '=' may be a secret.
        var option = word.Split('=', ':')[0];
        var known = Known(parsed.CommandResult).Where(it => it.StartsWith("--", StringComparison.Ordinal));
        return CliErrors.UnknownWord(
            option, known, $"'{name}' has no such option", it => $"'{name}' has no option '{it}'",
            parsed.CommandResult.Command.Name is "run" or "doctor" ? $"put '--' before the program: {name} -- PROGRAM" : help);
    }

    // In 'polcy list' the parser takes 'list' for the command, and 'polcy' is left over; it was meant for the command before it.
    private static CommandResult CommandAt(ParseResult parsed, string word)
    {
        var result = parsed.CommandResult;
        var after = parsed.Tokens.SkipWhile(it => it.Type != TokenType.Argument || it.Value != word).Count(it => it.Type == TokenType.Command);
        for (; after > 0 && result.Parent is CommandResult parent; after--)
        {
            result = parent;
        }

        return result;
    }

    private static CliException UnknownCommand(Command command, string name, string word, string help)
    {
        var known = command.Subcommands.Where(it => !it.Hidden).SelectMany(it => it.Aliases.Append(it.Name)).ToArray();
        if (OtherWords.Find(word, RootHelp.IsRoot(command) ? null : known) is { } ours)
        {
            return CliErrors.Usage($"'{name}' has no command '{word}'", $"did you mean '{name} {ours}'?");
        }

        return CliErrors.UnknownWord(
            word, known,
            RootHelp.IsRoot(command) ? "there is no such command" : $"'{name}' has no such command",
            it => RootHelp.IsRoot(command) ? $"there is no command '{it}'" : $"'{name}' has no command '{it}'", help);
    }

    // The word itself is not repeated: 'sanctum store openai/key sk-...' is an easy mistake, and stderr ends up in logs.
    private static CliException TooMuch(Command command, string name) => CliErrors.Usage(
        command.Arguments.Count == 0
            ? $"'{name}' takes no arguments"
            : $"'{name}' takes nothing after {string.Join(' ', command.Arguments.Select(it => it.Name))}",
        command.Name == "store" ? "type the value when asked, or pipe it in" : $"see '{name} --help'");

    private static string Message(ParseError error, string name) => error.SymbolResult switch
    {
        CommandResult command when Missing(command) is { } argument => $"'{name}' needs {argument}",
        ArgumentResult { Tokens.Count: 0, Argument: var argument, Parent: CommandResult } => $"'{name}' needs {argument.Name}",
        OptionResult { Implicit: true } option => $"'{name}' needs {option.Option.Name}",
        _ => OfOption(error) ?? $"'{name}' is invalid",
    };

    private static string? OfOption(ParseError error) => error.SymbolResult switch
    {
        ArgumentResult { Tokens: [], Parent: OptionResult option } => $"{option.Option.Name} needs a value",
        ArgumentResult { Tokens: [_, ..], Parent: OptionResult option } => $"{option.Option.Name} has an invalid value",
        OptionResult { Implicit: false, Tokens: [], Option: var option } => $"{option.Name} needs a value",
        OptionResult { Implicit: false, Tokens: [_], Option: var option } => $"{option.Name} has an invalid value",
        OptionResult { Implicit: false, Option: var option } => $"{option.Name} is given more than once",
        _ => null,
    };

    private static bool IsNoNumber(ParseError error)
    {
        var option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        return option is { Tokens: [_] } && (Nullable.GetUnderlyingType(option.Option.ValueType) ?? option.Option.ValueType) == typeof(long);
    }

    private static bool IsValueOfOption(ParseResult parsed, Token token)
    {
        for (CommandResult? result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            if (result.Children.OfType<OptionResult>().Any(it => it.Tokens.Any(value => ReferenceEquals(value, token))))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Missing(CommandResult result) =>
        result.Command.Arguments.FirstOrDefault(it => it.Arity.MinimumNumberOfValues > 0 && result.GetResult(it) is not { Tokens.Count: > 0 })?.Name
        ?? result.Command.Options.FirstOrDefault(it => it.Required && result.GetResult(it) is null or { Implicit: true })?.Name;

    private static IEnumerable<string> Known(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            foreach (var option in result.Command.Options.Where(it => !it.Hidden))
            {
                yield return option.Name;
                foreach (var alias in option.Aliases)
                {
                    yield return alias;
                }
            }
        }
    }

    internal static string FullName(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{FullName(parent)} {result.Command.Name}" : "sanctum";
}
