using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Operations;
using Sanctum.Text;

namespace Sanctum.Policies.Proposals;

/// <summary>What can be asked for, and what can be made of it: never more than was asked.</summary>
internal static class ProposalRules
{
    public const string Retrieve = "retrieve";
    public const int MaxReason = 500;
    private const int MaxHosts = 16;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The operations that can be asked for: all that give no secret away, and <c>retrieve</c> for the secret itself.</summary>
    public static IReadOnlyList<string> Operations { get; } =
        [.. OperationCatalog.Default.Descriptions.Where(operation => !operation.Discloses).Select(operation => operation.Name), Retrieve];

    /// <exception cref="VaultException">It can't be asked for; invalid params.</exception>
    public static void Validate(AccessRequest request)
    {
        Require(request.Path is null != request.Service is null, "path", "name either a credential's path or a service");
        Require(request.Service is null || PolicyRules.IsName(request.Service), "service", "a service is 1 to 64 letters, digits, '.', '_' and '-'");
        Require(Operations.Contains(request.Operation, StringComparer.Ordinal), "operation", $"an operation that can be asked for is {string.Join(", ", Operations)}");
        Require(
            request.Hosts.Count <= MaxHosts && request.Hosts.All(host => host is not null && HostName.IsValid(host)),
            "hosts", $"hosts are at most {MaxHosts} host names in lower case, without scheme, port or path");
        Require(request.Hosts.Count == 0 || request.Operation == OperationNames.HttpRequest, "hosts", "hosts are for the operation http_request");
        Require(IsWhole(request.Reason) && request.Reason.Trim().Length > 0 && request.Reason.Length <= MaxReason, "reason", $"a reason is 1 to {MaxReason} characters");
        Require(
            request.Duration >= Shortest && request.Duration <= Longest && request.Duration.Ticks % TimeSpan.TicksPerSecond == 0,
            "duration", $"access can be asked for from {Shortest.TotalSeconds:0} seconds to {Longest.TotalDays:0} days, in whole seconds");
    }

    /// <summary>The policy that a proposal becomes.</summary>
    /// <exception cref="VaultException">It would be wider than what was asked for; invalid params.</exception>
    public static Policy PolicyOf(AccessProposal proposal, AccessNarrowing narrowing, DateTimeOffset now)
    {
        var asked = proposal.Request;
        var path = PathOf(asked, narrowing.Path);
        Require(narrowing.Operation is null || narrowing.Operation == asked.Operation, "operation", $"the agent asked for {asked.Operation}, and a grant can't be wider");
        Require(
            narrowing.Hosts.All(host => asked.Hosts.Count == 0 || asked.Hosts.Contains(host, StringComparer.Ordinal)),
            "hosts", $"the agent asked for {string.Join(", ", asked.Hosts)}, and a grant can't be wider");
        var isRequest = asked.Operation == OperationNames.HttpRequest;
        Require(isRequest || (narrowing.Hosts.Count == 0 && narrowing.Methods.Count == 0), "hosts", "hosts and methods are for the operation http_request");
        Require(narrowing.Duration is not { } duration || (duration > TimeSpan.Zero && duration <= asked.Duration), "duration", $"the agent asked for {asked.Duration.TotalSeconds:0} seconds, and a grant can't be longer");
        var hosts = narrowing.Hosts.Count > 0 ? narrowing.Hosts : asked.Hosts;
        var isRetrieval = asked.Operation == Retrieve;
        var policy = new Policy
        {
            Name = $"access-{proposal.Id}",
            Principal = $"agent:{proposal.Agent}",
            Resources = [path.Value],
            Actions = isRetrieval ? PolicyActions.Retrieve : PolicyActions.Use,
            Conditions = new PolicyConditions
            {
                AllowedOperations = isRetrieval ? null : [asked.Operation],
                AllowedDomains = hosts.Count > 0 ? hosts : null,
                AllowedMethods = narrowing.Methods.Count > 0 ? narrowing.Methods : null,
                MaxUsesPerHour = isRetrieval ? null : narrowing.MaxPerHour,
                MaxRetrievalsPerHour = isRetrieval ? narrowing.MaxPerHour : null,
            },
            ExpiresAt = now + (narrowing.Duration ?? asked.Duration),
        };
        PolicyRules.Validate(policy);
        return policy;
    }

    private static CredentialPath PathOf(AccessRequest asked, string? given)
    {
        Require(asked.Path is not null || given is not null, "path", $"the agent asked for the service {asked.Service}; name the credential's path");
        Require(asked.Path is null || given is null || asked.Path.Value == given, "path", $"the agent asked for {asked.Path}, and a grant can't be for another credential");
        return asked.Path ?? CredentialPath.Parse(given!);
    }

    // Half a character would come back from the store as another one.
    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static void Require(bool holds, string member, string rule)
    {
        if (!holds)
        {
            throw Errors.InvalidParams(member, rule);
        }
    }
}
