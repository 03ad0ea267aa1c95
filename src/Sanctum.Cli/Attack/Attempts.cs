using Sanctum.Cli.Attack.Gallery;

namespace Sanctum.Cli.Attack;

/// <summary>All attempts, in the order in which they are shown.</summary>
internal static class Attempts
{
    public static IReadOnlyList<Attempt> All { get; } =
        [.. DestinationAttempts.All, .. RequestAttempts.All, .. ResponseAttempts.All, .. GuessAttempts.All, .. IdentityAttempts.All, .. ToolAttempts.All, .. FloodAttempts.All];
}
