namespace Sanctum.Cli.CommandLine;

/// <summary>Commands by the names that other programs have for them. They are not taken; whoever types one is told ours.</summary>
internal static class OtherWords
{
    private static readonly Dictionary<string, string> Root = new(StringComparer.Ordinal)
    {
        ["help"] = "--help",
        ["version"] = "--version",
        ["start"] = "daemon start",
        ["serve"] = "daemon start",
        ["server"] = "daemon start",
        ["up"] = "daemon start",
        ["stop"] = "daemon stop",
        ["down"] = "daemon stop",
        ["status"] = "daemon status",
        ["info"] = "daemon status",
        ["rm"] = "delete",
        ["del"] = "delete",
        ["ls"] = "list",
        ["add"] = "store",
        ["put"] = "store",
        ["set"] = "store",
        ["write"] = "store",
        ["show"] = "get",
        ["cat"] = "get",
        ["exec"] = "run",
        ["with"] = "run",
        ["curl"] = "request",
        ["fetch"] = "request",
        ["http"] = "request",
        ["new"] = "init",
        ["create"] = "init",
        ["open"] = "unlock",
        ["close"] = "lock",
        ["logs"] = "audit log",
        ["log"] = "audit log",
        ["verify"] = "audit verify",
        ["approve"] = "approval approve",
        ["deny"] = "approval deny",
        ["register"] = "agent register",
        ["agents"] = "agent list",
        ["policies"] = "policy list",
        ["leases"] = "lease status",
        ["services"] = "service list",
    };

    private static readonly Dictionary<string, string[]> Same = new(StringComparer.Ordinal)
    {
        ["rm"] = ["remove", "revoke"],
        ["delete"] = ["remove", "revoke"],
        ["del"] = ["remove", "revoke"],
        ["add"] = ["register"],
        ["create"] = ["register", "add"],
        ["new"] = ["register", "add"],
        ["set"] = ["change"],
        ["replace"] = ["set"],
        ["edit"] = ["set"],
        ["diff"] = ["apply"],
        ["import"] = ["apply"],
        ["suspend"] = ["disable"],
        ["block"] = ["disable"],
        ["lock"] = ["disable"],
        ["stop"] = ["disable"],
        ["unlock"] = ["enable"],
        ["resume"] = ["enable"],
        ["ls"] = ["list", "status"],
        ["list"] = ["status"],
        ["show"] = ["list", "status", "log"],
        ["test"] = ["simulate"],
        ["check"] = ["verify", "simulate"],
        ["rotate"] = ["change", "rotate-key"],
        ["update"] = ["change", "set"],
        ["info"] = ["show", "status"],
    };

    /// <summary>What to type instead, after <c>sanctum</c> and the command's group; null when the word is no other name of anything.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="known">The group's commands; null for those of <c>sanctum</c> itself.</param>
    public static string? Find(string word, IReadOnlyCollection<string>? known) =>
        known is null ? Root.GetValueOrDefault(word)
        : Same.TryGetValue(word, out var ours) ? ours.FirstOrDefault(known.Contains)
        : null;
}
