using System.CommandLine;
using System.Reflection;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Manual;

/// <summary>A page of the manual for each command, in section 1.</summary>
internal static class ManualPage
{
    /// <summary>This executable's.</summary>
    public static string Version { get; } =
        typeof(ManualPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The page's files, such as <c>sanctum-unseal.1</c> and, since that has another name, <c>sanctum-unlock.1</c>.</summary>
    public static IEnumerable<string> FilesOf(DescribedCommand command) =>
        OtherNames(command).Prepend(command.Name).Select(name => $"{name.Replace(' ', '-')}.1");

    public static string Of(DescribedCommand command)
    {
        var page = new Roff().Title(NameOf(command), $"sanctum {Version}");
        page.Section("NAME").Line($"{NameOf(command)} - {command.Description.TrimEnd('.')}");
        page.Section("SYNOPSIS").Bold(Synopsis(command));
        page.Section("DESCRIPTION").Line(command.Description.TrimEnd('.') + ".");
        Other(page, command);
        Listed(page, "COMMANDS", command.Subcommands, below => page.Item(string.Join(", ", [below.Name, .. OtherNames(below)]), Arguments(below), below.Description));
        Listed(page, "ARGUMENTS", command.Arguments, argument => page.Item("", argument.Name, argument.Description!));
        Listed(page, "OPTIONS", command.Options, option => Item(page, option));
        Listed(page, "OPTIONS OF EVERY COMMAND", command.Inherited, option => Item(page, option));
        if (command.Words.Count == 1)
        {
            page.Section("EXAMPLES").Lines(RootHelp.Examples);
            page.Section("ENVIRONMENT");
            page.Item("SANCTUM_VAULT_PATH", "", "The vault's folder, unless --vault-path is given.");
            page.Item("SANCTUM_PASSPHRASE", "", "The vault's passphrase. Other programs of this user can read it.");
            page.Item("SANCTUM_TOKEN", "", "A token of 'sanctum login', instead of the passphrase.");
            page.Section("FILES").Item("~/.sanctum", "", "The vault's folder, unless another is named.");
        }

        page.Section("EXIT STATUS").Line(RootHelp.ExitCodes);
        page.Section("SEE ALSO").Line(string.Join(", ", SeeAlso(command).Select(other => $"{NameOf(other)}(1)")));
        return page.ToString();
    }

    private static string NameOf(DescribedCommand command) => string.Join('-', command.Words);

    private static string Synopsis(DescribedCommand command) =>
        string.Join(' ', ((string[])[command.Name, command.Subcommands.Any() ? "COMMAND" : "", Arguments(command), command.Options.Any() ? "[OPTION]..." : ""]).Where(word => word.Length > 0));

    private static string Arguments(DescribedCommand command) =>
        string.Join(' ', command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name));

    private static void Other(Roff page, DescribedCommand command)
    {
        if (OtherNames(command).ToList() is { Count: > 0 } others)
        {
            page.Line($"Another name for it is {string.Join(", ", others.Select(other => $"'{other}'"))}.");
        }
    }

    private static IEnumerable<string> OtherNames(DescribedCommand command) =>
        command.Command.Aliases.Where(alias => alias != command.Command.Name).Select(alias => string.Join(' ', command.Words.SkipLast(1).Append(alias)));

    private static void Item(Roff page, Option option) => page.Item(
        string.Join(", ", DescribedCommand.NamesOf(option)), DescribedCommand.TakesValue(option) ? option.HelpName ?? "VALUE" : "", (option.Description!.TrimEnd('.') + ".") + (option.Required ? " Required." : ""));

    private static void Listed<T>(Roff page, string section, IEnumerable<T> all, Action<T> add)
    {
        if (all.ToList() is { Count: > 0 } some)
        {
            page.Section(section);
            some.ForEach(add);
        }
    }

    // Those right above and below it.
    private static IEnumerable<DescribedCommand> SeeAlso(DescribedCommand command)
    {
        var root = DescribedCommand.Root();
        return command.Words.Count == 1
            ? command.Subcommands
            : root.AndBelow.Where(other => other.Words.Count < command.Words.Count && command.Words.Take(other.Words.Count).SequenceEqual(other.Words)).Concat(command.Subcommands);
    }
}
