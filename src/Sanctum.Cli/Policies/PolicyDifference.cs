using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Policies;

/// <summary>What a file changes, or would change, a line each.</summary>
internal static class PolicyDifference
{
    public static IEnumerable<string> Lines(AppliedDocument it)
    {
        var would = it.DryRun;
        foreach (var added in it.Added)
        {
            yield return $"{(would ? "would add" : "added")} policy {PolicyText.Sentence(added)}";
            foreach (var (member, value) in PolicyText.Members(added).SkipWhile(member => member.Member != "max_ttl").Where(member => member is not ("expires", "never")))
            {
                yield return $"  {member,-11} {value}";
            }
        }

        foreach (var changed in it.Changed)
        {
            yield return $"{(would ? "would change" : "changed")} policy {changed.After.Name}";
            foreach (var (before, after) in PolicyText.Members(changed.Before).Zip(PolicyText.Members(changed.After)).Where(pair => pair.First.Value != pair.Second.Value))
            {
                yield return $"  {before.Member,-11} {before.Value} -> {after.Value}";
            }
        }

        foreach (var removed in it.Removed)
        {
            yield return $"{(would ? "would remove" : "removed")} policy {PolicyText.Sentence(removed)}";
        }

        yield return $"{it.Added.Count} added, {it.Changed.Count} changed, {it.Removed.Count} removed, {it.Unchanged.Count} unchanged";
    }
}
