using Sanctum.Cli.CommandLine;
using Sanctum.Policies;

namespace Sanctum.Cli.Policies;

/// <summary>The actions' names, as they are typed.</summary>
internal static class ActionNames
{
    public static string[] All { get; } =
        [.. Enum.GetValues<PolicyActions>().Where(it => it != PolicyActions.None).Select(it => it.ToString().ToLowerInvariant())];

    public static CliException Unknown(string name) => CliErrors.Usage(
        $"there is no action '{name}'",
        Spelling.Nearest(name, All) is { } nearest ? $"did you mean '{nearest}'?" : $"there are {string.Join(", ", All)}");
}
