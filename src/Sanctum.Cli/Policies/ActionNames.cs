using Sanctum.Cli.CommandLine;
using Sanctum.Policies;

namespace Sanctum.Cli.Policies;

/// <summary>The actions' names, as they are typed.</summary>
internal static class ActionNames
{
    public static string[] All { get; } =
        [.. Enum.GetValues<PolicyActions>().Where(it => it != PolicyActions.None).Select(it => it.ToString().ToLowerInvariant())];

    public static CliException Unknown(string name) => CliErrors.UnknownWord(
        name, All, "there is no such action", word => $"there is no action '{word}'", $"there are {string.Join(", ", All)}");
}
