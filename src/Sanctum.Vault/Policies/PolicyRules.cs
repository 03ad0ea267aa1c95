using System.Buffers;
using Sanctum.Agents;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Operations.Signing;
using Sanctum.Text;

namespace Sanctum.Policies;

/// <summary>What a policy must look like to be kept. What does not is refused, naming the member.</summary>
internal static class PolicyRules
{
    private const string AgentPrefix = "agent:";
    private const int MaxNameLength = 64;
    private const int MaxItems = 64;
    private const int MaxPerHour = 100_000;
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private const PolicyActions AllActions =
        PolicyActions.Retrieve | PolicyActions.List | PolicyActions.Store | PolicyActions.Delete | PolicyActions.Rotate | PolicyActions.Use | PolicyActions.Connect
        | PolicyActions.Call;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(Letters + "._-");
    private static readonly SearchValues<char> AgentPatternCharacters = SearchValues.Create(Letters + "_-*?");
    private static readonly SearchValues<char> PathPatternCharacters = SearchValues.Create(Letters + "._-/*?");
    private static readonly TimeSpan MaxTtl = TimeSpan.FromDays(30);

    /// <summary>Whether a policy can have this name. Every agent's name is one of these too.</summary>
    public static bool IsName(string name) => IsText(name, MaxNameLength, NameCharacters);

    public static void Validate(Policy policy)
    {
        Require(IsName(policy.Name), "name", $"a policy's name is 1 to {MaxNameLength} letters, digits, '.', '_' and '-'");
        AgentPattern(policy.Principal);
        RequireItems(
            "resources",
            policy.Resources,
            pattern => pattern is not null && (IsPathPattern(pattern) || TagResource.IsValid(pattern) || HostPattern.TryParse(pattern, out _) || ToolPattern.TryParse(pattern, out _)),
            $"a pattern is 1 to {Glob.MaxLength} characters of paths, '*' and '?', tag:NAME, host:NAME[:PORT] for the action connect, or tool:SERVER/TOOL for call");
        Require(policy.Actions != PolicyActions.None, "actions", "a policy grants at least one action");
        Require((policy.Actions & ~AllActions) == PolicyActions.None, "actions", "an action is retrieve, list, store, delete, rotate, use, connect or call");
        Require(
            policy.Actions.HasFlag(PolicyActions.Connect) == policy.Resources.Any(HostPattern.IsHost),
            "resources",
            "the action connect needs a resource such as host:*.example.com, and such a resource needs the action connect");
        Require(
            policy.Actions.HasFlag(PolicyActions.Call) == policy.Resources.Any(ToolPattern.IsTool),
            "resources",
            "the action call needs a resource such as tool:github/*, and such a resource needs the action call");
        Require(
            (policy.Actions & ~(PolicyActions.Connect | PolicyActions.Call)) == PolicyActions.None || policy.Resources.Any(resource => !HostPattern.IsHost(resource) && !ToolPattern.IsTool(resource)),
            "resources",
            "an action other than connect and call needs a resource that is a credential's path");
        Require(IsTtl(policy.MaxTtl), "max_ttl", $"the longest lease is 1 second to {MaxTtl.TotalDays:0} days, in whole seconds");
        Require(policy.Conditions is not null, "conditions", "conditions are missing; a policy without any has an empty set");
        Require(
            !(policy.Actions.HasFlag(PolicyActions.Call) && policy.Conditions!.RequireApproval),
            "require_approval",
            "nobody is asked about a call of a tool: leave out require_approval, or give the action call a policy of its own");
        Validate(policy.Conditions!);
    }

    /// <summary>The pattern over agents' names in a principal.</summary>
    public static string AgentPattern(string? principal)
    {
        var named = principal is not null && principal.StartsWith(AgentPrefix, StringComparison.Ordinal);
        var pattern = named ? principal![AgentPrefix.Length..] : null;
        Require(
            IsText(pattern, AgentName.MaxLength, AgentPatternCharacters),
            "principal",
            $"a principal is 'agent:' and a pattern of 1 to {AgentName.MaxLength} letters, digits, '_', '-', '*' and '?'");
        return pattern!;
    }

    private static void Validate(PolicyConditions conditions)
    {
        RequireLimit("max_retrievals_per_hour", conditions.MaxRetrievalsPerHour);
        RequireLimit("max_uses_per_hour", conditions.MaxUsesPerHour);
        Require(conditions.TimeWindow is null || IsWindow(conditions.TimeWindow), "time_window", "a time window is two different times of day, HH:MM");
        RequireItemsIfAny("allowed_operations", conditions.AllowedOperations, OperationNames.IsKnown, $"an operation is one of {string.Join(", ", OperationNames.All)}");
        RequireItemsIfAny("allowed_domains", conditions.AllowedDomains, HostName.IsValid, "a domain is a host name in lower case, without scheme, port or path");
        RequireItemsIfAny("allowed_methods", conditions.AllowedMethods, HttpMethodName.IsValid, "a method is a word in capitals such as GET, but not CONNECT or TRACE");
        RequireItemsIfAny("allowed_paths", conditions.AllowedPaths, PathPattern.IsValid, "a path pattern begins with '/' or '*' and consists of path characters, '*' and '?'");
        RequireItemsIfAny("allowed_sign_algorithms", conditions.AllowedSignAlgorithms, SignAlgorithms.IsKnown, $"an algorithm is one of {string.Join(", ", SignAlgorithms.All)}");
    }

    // An empty list could mean "any" to whoever wrote it and "none" to us: it is refused rather than guessed at.
    private static void RequireItemsIfAny(string member, IReadOnlyList<string>? items, Predicate<string> isValid, string rule)
    {
        if (items is not null)
        {
            RequireItems(member, items, isValid, rule);
        }
    }

    private static void RequireItems(string member, IReadOnlyList<string>? items, Predicate<string> isValid, string rule)
    {
        Require(items is { Count: >= 1 and <= MaxItems }, member, $"{member} has 1 to {MaxItems} items");
        foreach (var item in items!)
        {
            Require(item is not null && isValid(item), member, rule);
        }
    }

    private static void RequireLimit(string member, int? limit) =>
        Require(limit is null or (>= 1 and <= MaxPerHour), member, $"an hourly limit is 1 to {MaxPerHour}");

    private static void Require(bool holds, string member, string rule)
    {
        if (!holds)
        {
            throw Errors.InvalidParams(member, rule);
        }
    }

    private static bool IsText(string? text, int maxLength, SearchValues<char> allowed) =>
        text is { Length: > 0 } && text.Length <= maxLength && !text.AsSpan().ContainsAnyExcept(allowed);

    private static bool IsPathPattern(string pattern) => IsText(pattern, Glob.MaxLength, PathPatternCharacters);

    private static bool IsTtl(TimeSpan ttl) =>
        ttl >= TimeSpan.FromSeconds(1) && ttl <= MaxTtl && ttl.Ticks % TimeSpan.TicksPerSecond == 0;

    // Built in code a window can have seconds or be empty; written down it is HH:MM, and would come back as another.
    private static bool IsWindow(TimeWindow window) =>
        window.Start != window.End && window.Start.Ticks % TimeSpan.TicksPerMinute == 0 && window.End.Ticks % TimeSpan.TicksPerMinute == 0;
}
