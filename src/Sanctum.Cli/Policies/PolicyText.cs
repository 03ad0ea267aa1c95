using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Policies;

/// <summary>A policy's conditions as they would be typed.</summary>
internal static class PolicyText
{
    /// <summary>Who may do what.</summary>
    public static string Sentence(PolicyView it) => $"{it.Name}: {it.Principal} may {string.Join(", ", it.Actions)} {string.Join(", ", it.Resources)}";

    /// <summary>All of its members, as they would be typed.</summary>
    public static IEnumerable<(string Member, string Value)> Members(PolicyView it)
    {
        yield return ("name", it.Name);
        yield return ("principal", it.Principal);
        yield return ("resources", string.Join(", ", it.Resources));
        yield return ("actions", string.Join(", ", it.Actions));
        yield return ("max_ttl", $"{it.MaxTtl}s");
        yield return ("conditions", Conditions(it.Conditions) is { Length: > 0 } conditions ? conditions : "none");
        yield return ("expires", it.ExpiresAt is { } end ? Times.Local(end) : "never");
        yield return ("enabled", it.Enabled ? "yes" : "no: it grants nothing");
    }

    public static string Conditions(ConditionsView? conditions) => conditions is null ? "" : string.Join(' ', Parts(conditions));

    private static IEnumerable<string> Parts(ConditionsView it)
    {
        if (it.MaxRetrievalsPerHour is { } retrievals)
        {
            yield return $"max_retrievals_per_hour={retrievals}";
        }

        if (it.MaxUsesPerHour is { } uses)
        {
            yield return $"max_uses_per_hour={uses}";
        }

        if (it.TimeWindow is [var start, var end])
        {
            yield return $"time_window={start}-{end}";
        }

        if (it.AllowedOperations is { } operations)
        {
            yield return $"allowed_operations={string.Join(',', operations)}";
        }

        if (it.AllowedDomains is { } domains)
        {
            yield return $"allowed_domains={string.Join(',', domains)}";
        }

        if (it.AllowedMethods is { } methods)
        {
            yield return $"allowed_methods={string.Join(',', methods)}";
        }

        if (it.AllowedPaths is { } paths)
        {
            yield return $"allowed_paths={string.Join(',', paths)}";
        }

        if (it.AllowedSignAlgorithms is { } algorithms)
        {
            yield return $"allowed_sign_algorithms={string.Join(',', algorithms)}";
        }

        if (it.RequireApproval)
        {
            yield return "require_approval=true";
        }
    }
}
