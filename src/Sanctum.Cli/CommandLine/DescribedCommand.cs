using System.CommandLine;
using System.CommandLine.Help;

namespace Sanctum.Cli.CommandLine;

/// <summary>
/// A command as <c>--help</c> describes it. Completions and man pages are made of this, so they can't say anything else than the help does.
/// </summary>
/// <param name="Command">The command.</param>
/// <param name="Words">What is typed for it, <c>sanctum</c> first.</param>
/// <param name="Inherited">The options of the commands above that it takes as well.</param>
internal sealed record DescribedCommand(Command Command, IReadOnlyList<string> Words, IReadOnlyList<Option> Inherited)
{
    public string Name => string.Join(' ', Words);

    public string Description => Command.Description!;

    /// <summary>The command's own options.</summary>
    public IEnumerable<Option> Options => Command.Options.Where(option => !option.Hidden && option is not HelpOption).Except(Inherited);

    /// <summary>All that it takes.</summary>
    public IEnumerable<Option> AllOptions => Options.Concat(Inherited);

    public IEnumerable<Argument> Arguments => Command.Arguments.Where(argument => !argument.Hidden);

    public IEnumerable<DescribedCommand> Subcommands =>
        from command in Command.Subcommands where !command.Hidden select new DescribedCommand(command, [.. Words, command.Name], [.. Inherited.Union(Passed)]);

    /// <summary>Those beneath it, and theirs, itself first.</summary>
    public IEnumerable<DescribedCommand> AndBelow => Subcommands.SelectMany(command => command.AndBelow).Prepend(this);

    private IEnumerable<Option> Passed => Command.Options.Where(option => option.Recursive && !option.Hidden);

    public static DescribedCommand Root()
    {
        var root = Program.Commands();
        return new DescribedCommand(root, ["sanctum"], [.. root.Options.OfType<HelpOption>()]);
    }

    /// <summary>Whether something has to follow the option.</summary>
    public static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool) && option is not (HelpOption or VersionOption);

    /// <summary>The option's names as they are typed, the long one first.</summary>
    public static IEnumerable<string> NamesOf(Option option) => option.Aliases.Where(name => name.StartsWith('-') && name != "-?").Prepend(option.Name).Distinct();
}
