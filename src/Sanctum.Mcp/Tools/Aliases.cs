using System.Text.Json.Serialization;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>
/// Three sets of tools that are published elsewhere, mapped to what the vault does. What would give a secret does so only where that is turned on; a policy decides in any case. What would store or
/// remove one says who does: agents do neither.
/// </summary>
internal sealed class Aliases(bool allowsRetrieval)
{
    private static readonly ToolMember Key = new("key", "The credential's path.") { IsRequired = true };
    private static readonly ToolMember Path = Key with { Name = "path" };
    private static readonly ToolMember Requester = new("requester", "Who you are; the vault knows it.");

    /// <summary>The names of the sets.</summary>
    public static IReadOnlyList<string> Sets { get; } = ["v1", "v2", "v3"];

    /// <summary>The tools of a set; none for null.</summary>
    public IReadOnlyList<VaultTool> Of(string? set) => set switch
    {
        "v1" => V1(),
        "v2" => V2(),
        "v3" => V3(),
        _ => [],
    };

    private VaultTool[] V1() =>
    [
        OperatorsOnly("vault_store", "Store", [Key, new("value", ""), new("metadata", "") { Type = MemberType.Object }, new("ttl", "") { Type = MemberType.Number }], "key", "store"),
        Retrieve("vault_retrieve", [Key, new("purpose", "")], "key"),
        OperatorsOnly("vault_delete", "Delete", [Key], "key", "remove"),
        new AliasTool(ReadOnly("vault_list", "List", [new("prefix", ""), new("tags", "") { Type = MemberType.TextList }], []), ListAsync),
        new AliasTool(
            new("credential_resolve", "Resolve a service", "A lease on a service, with a base URL for requests. Gives no secret.")
            {
                Parameters = [new("service", "") { IsRequired = true }, new("scope", "Such as method:GET.") { Type = MemberType.TextList }, Requester],
                Results = [new("lease_id", "") { IsRequired = true }, new("service", ""), new("expires_at", "")],
            },
            ResolveAsync),
        new AliasTool(
            new("credential_lease", "Lease", "Keeps a lease for longer, or ends it.")
            {
                Parameters = [new("lease_id", "") { IsRequired = true }, new("action", "") { IsRequired = true, Values = ["renew", "revoke"] }],
                Results = [new("lease_id", "") { IsRequired = true }, new("expires_at", "")],
            },
            LeaseAsync),
        new AliasTool(ReadOnly("policy_check", "Check a policy", [Key, Requester, new("action", "use, retrieve, or an operation.")], []), (arguments, vault, cancellationToken) => CheckAsync(arguments, "key", vault, cancellationToken)),
        new AliasTool(
            ReadOnly("audit_log", "Audit log", [Key with { IsRequired = false }, new("since", "A time, ISO 8601."), new("limit", "") { Type = MemberType.Number }], []), AuditAsync),
    ];

    private VaultTool[] V2() =>
    [
        new AliasTool(ReadOnly("sanctum_list_credentials", "List credentials", [new("prefix", "")], []), ListAsync),
        Retrieve("sanctum_get_credential", [Path], "path"),
        OperatorsOnly("sanctum_store_credential", "Store", [Path, new("value", ""), new("description", "")], "path", "store"),
        OperatorsOnly("sanctum_delete_credential", "Delete", [Path], "path", "remove"),
        new AliasTool(ReadOnly("sanctum_search_credentials", "Search credentials", [new("pattern", "Part of a path, or with *.") { IsRequired = true }], []), ListAsync),
        new AliasTool(ReadOnly("sanctum_get_audit_log", "Audit log", [Path with { IsRequired = false }, new("since", ""), new("limit", "") { Type = MemberType.Number }], []), AuditAsync),
        new AliasTool(ReadOnly("sanctum_check_policy", "Check a policy", [Path, new("action", "")], []), (arguments, vault, cancellationToken) => CheckAsync(arguments, "path", vault, cancellationToken)),
    ];

    private VaultTool[] V3() =>
    [
        OperatorsOnly("sanctum_store", "Store", [Path, new("value", ""), new("description", "")], "path", "store"),
        Retrieve("sanctum_retrieve", [Path], "path"),
        new AliasTool(ReadOnly("sanctum_list", "List", [new("prefix", "")], []), ListAsync),
        new StatusTool(),
    ];

    private AliasTool Retrieve(string name, IReadOnlyList<ToolMember> parameters, string path) => new(
        new(name, "Retrieve", allowsRetrieval ? "Gives you the secret itself, where a policy lets you have it." : "Says how to use a credential. The secret itself is not given out.")
        {
            Parameters = parameters,
            IsWaitedFor = allowsRetrieval,
        },
        (arguments, vault, cancellationToken) => allowsRetrieval
            ? RetrieveTool.RetrieveAsync(arguments.Text(path), vault, cancellationToken)
            : throw new NotOfferedException("UNSUPPORTED_OPERATION", "secrets are not given out here. Call sanctum_http_request with this path as credential: the vault adds the secret"));

    private static AliasTool OperatorsOnly(string name, string title, IReadOnlyList<ToolMember> parameters, string path, string command) => new(
        new(name, title, "Not for agents: says which command an operator runs. Don't send a secret.") { Parameters = parameters },
        (arguments, _, _) => throw new NotOfferedException(
            "UNSUPPORTED_OPERATION", $"only the vault's operator does this, with: sanctum {command} {(IsPath(arguments.Text(path)) ? arguments.Text(path) : "PATH")}"));

    private static ToolDescription ReadOnly(string name, string title, IReadOnlyList<ToolMember> parameters, IReadOnlyList<ToolMember> results) =>
        new(name, title, "Shows no secrets.") { Parameters = parameters, Results = results, IsReadOnly = true };

    private static async Task<ToolReply> ListAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var (pattern, tags) = (arguments.OptionalText("pattern"), arguments.OptionalTexts("tags"));
        var all = await vault.ListAccessAsync(arguments.OptionalText("prefix"), cancellationToken).ConfigureAwait(false);
        return ListCredentialsTool.Reply(all.Where(it => (pattern is null || Matches(it.Path, pattern)) && tags.All(tag => it.Tags.Contains(tag, StringComparer.Ordinal))));
    }

    private static async Task<ToolReply> ResolveAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        RequireOwn(arguments, vault);
        var service = arguments.Text("service");
        var result = await vault.CrpAsync(
            Protocol.Messages.Methods.CrpUse, ToolJson.Element(new ResolvedScopes(service, arguments.OptionalTexts("scope") is { Count: > 0 } scopes ? scopes : null), ToolJson.Default.ResolvedScopes), cancellationToken).ConfigureAwait(false);
        var lease = result.GetProperty("lease");
        var told = new HeldLease(lease.GetProperty("id").GetString()!, service, lease.GetProperty("expiresAt").GetDateTimeOffset());

        // The lease's token stays here: it would be one more secret in the conversation, and sanctum_http_request needs none.
        return new ToolReply(ToolJson.Element(told, ToolJson.Default.HeldLease), $"Lease {told.LeaseId} on {service}. Send requests with sanctum_http_request.");
    }

    private static async Task<ToolReply> LeaseAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var id = arguments.Text("lease_id");
        var renews = arguments.Text("action") == "renew";
        var result = await vault.CrpAsync(
            renews ? Protocol.Messages.Methods.CrpLease : Protocol.Messages.Methods.CrpRevoke,
            ToolJson.Element(new LeaseCall(id, renews ? "renew" : null), ToolJson.Default.LeaseCall),
            cancellationToken).ConfigureAwait(false);
        var told = new HeldLease(id, null, renews ? result.GetProperty("lease").GetProperty("expiresAt").GetDateTimeOffset() : null);
        return new ToolReply(ToolJson.Element(told, ToolJson.Default.HeldLease), renews ? $"Lease {id} was renewed." : $"Lease {id} has ended.");
    }

    private static async Task<ToolReply> CheckAsync(ToolArguments arguments, string path, SanctumClient vault, CancellationToken cancellationToken)
    {
        RequireOwn(arguments, vault);
        var action = arguments.OptionalText("action");
        var query = action is null or "use" ? new AccessQuery() : action == "retrieve" ? new AccessQuery { Action = action } : new AccessQuery { Operation = action };
        return CheckAccessTool.Reply(await vault.CheckAccessAsync(arguments.Text(path), query, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<ToolReply> AuditAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var resource = arguments.OptionalText("key") ?? arguments.OptionalText("path");
        DateTimeOffset? since = arguments.OptionalText("since") is not { } text ? null
            : DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new ToolArgumentException("'since' must be a time, such as 2026-03-01T12:00:00Z");
        var limit = arguments.OptionalNumber("limit") is { } number ? (int)Math.Clamp(number, 1, 100) : 20;
        var page = await vault.ReadAuditLogAsync(100, cancellationToken: cancellationToken).ConfigureAwait(false);
        return AuditLogTool.Reply(page, page.Entries.Where(it => (resource is null || it.Resource == resource) && (since is null || it.Time >= since)).TakeLast(limit));
    }

    // An agent can only ask for itself.
    private static void RequireOwn(ToolArguments arguments, SanctumClient vault) =>
        _ = arguments.OptionalText("requester") is not { } requester || requester == vault.AgentName || requester == $"agent:{vault.AgentName}" ? 0
            : throw new NotOfferedException("ACCESS_DENIED", $"you are agent '{vault.AgentName}', and can ask for no other");

    private static bool Matches(string path, string pattern) => pattern.Contains('*', StringComparison.Ordinal)
        ? System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false)
        : path.Contains(pattern, StringComparison.Ordinal);

    // It can be anything, also a secret in the wrong place.
    private static bool IsPath(string text) => text.Length <= 64 && text.Contains('/', StringComparison.Ordinal) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-');
}

internal sealed record HeldLease(string LeaseId, string? Service, DateTimeOffset? ExpiresAt);

internal sealed record ResolvedScopes([property: JsonPropertyName("service")] string Service, [property: JsonPropertyName("scopes")] IReadOnlyList<string>? Scopes);

internal sealed record LeaseCall([property: JsonPropertyName("leaseId")] string LeaseId, [property: JsonPropertyName("action")] string? Action);
