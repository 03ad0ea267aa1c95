using System.Globalization;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;

namespace Sanctum.Tests.Policies;

/// <summary>Policies and questions about them, in few words.</summary>
internal static class Asking
{
    public const PolicyActions Use = PolicyActions.Use;
    public const PolicyActions Retrieve = PolicyActions.Retrieve;

    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.FromHours(2));

    public static Policy Policy(
        string name = "p", PolicyActions actions = Use, string principal = "agent:*", string resource = "*", PolicyConditions? conditions = null) => new()
    {
        Name = name,
        Principal = principal,
        Resources = [resource],
        Actions = actions,
        Conditions = conditions ?? PolicyConditions.None,
    };

    public static DecisionRequest Request(
        PolicyActions actions = Use, string path = "openai/api_key", string agent = "bot", string? operation = "sign", DateTimeOffset? at = null) =>
        new(AgentName.Parse(agent), actions, CredentialPath.Parse(path), operation, Now(at ?? Noon));

    /// <summary>A moment at which both clocks say the same.</summary>
    public static Moment Now(DateTimeOffset at) => new(at, at);

    public static Decision Decide(DecisionRequest request, params Policy[] policies) => new PolicySet(policies).Decide(request, new UseCounters());

    public static DateTimeOffset At(string time) => new(new DateOnly(2026, 3, 14), TimeOnly.Parse(time, CultureInfo.InvariantCulture), TimeSpan.FromHours(2));
}
