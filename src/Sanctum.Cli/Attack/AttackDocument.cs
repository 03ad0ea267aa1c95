namespace Sanctum.Cli.Attack;

#pragma warning disable CS1591 // The members are their snake_case names in docs/cli.md.

internal sealed record AttemptView(string Name, string Rule, bool Stopped, string How);

/// <summary>What was tried, and what came of it.</summary>
internal sealed record AttackDocument(IReadOnlyList<AttemptView> Attempts, int Stopped, int GotThrough, IReadOnlyList<string> Advice)
{
    public static AttackDocument Of(IReadOnlyList<AttemptView> attempts, IReadOnlyList<string> advice) =>
        new(attempts, attempts.Count(it => it.Stopped), attempts.Count(it => !it.Stopped), advice);
}
