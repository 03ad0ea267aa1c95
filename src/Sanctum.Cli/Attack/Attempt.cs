namespace Sanctum.Cli.Attack;

/// <summary>One thing that a malicious agent, or a service that responds badly, could try.</summary>
/// <param name="Name">What it is, in a few words.</param>
/// <param name="Rule">The rule that is to stop it.</param>
/// <param name="RunAsync">Tries it for real.</param>
internal sealed record Attempt(string Name, string Rule, Func<AttackField, Task<Verdict>> RunAsync);

/// <summary>How an attempt ended.</summary>
/// <param name="Stopped">Whether it got nothing.</param>
/// <param name="How">What stopped it, or what it got; never a secret.</param>
internal sealed record Verdict(bool Stopped, string How)
{
    public static Verdict StoppedBy(string how) => new(true, how);

    public static Verdict GotThrough(string what) => new(false, what);
}
