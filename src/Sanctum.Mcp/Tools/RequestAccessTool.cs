using System.Globalization;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_request_access</c>: asks the operator for what is not granted.</summary>
internal sealed class RequestAccessTool() : VaultTool(new("sanctum_request_access", "Request access", "Asks the vault's operator for access that you lack. Grants nothing by itself. Never put a secret in it.")
{
    Parameters =
    [
        new("credential", "Its path, or name a service."),
        new("service", "Such as github."),
        new("operation", "What for.") { IsRequired = true, Values = ["http_request", "sign", "verify", "encrypt", "decrypt", "jwt", "retrieve"] },
        new("hosts", "Of requests.") { Type = MemberType.TextList },
        new("reason", "For the operator.") { IsRequired = true },
        new("duration", "In seconds. Default: 3600.") { Type = MemberType.Number },
    ],
    Results = AccessText.Results,
})
{
    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var proposal = await vault.RequestAccessAsync(
            new AccessRequest
            {
                Path = arguments.OptionalText("credential"),
                Service = arguments.OptionalText("service"),
                Operation = arguments.Text("operation"),
                Hosts = arguments.OptionalTexts("hosts"),
                Reason = arguments.Text("reason"),
                Duration = arguments.OptionalSeconds("duration"),
            },
            cancellationToken).ConfigureAwait(false);
        return AccessText.Reply(proposal);
    }
}

/// <summary><c>sanctum_access_status</c>: what became of it.</summary>
internal sealed class AccessStatusTool() : VaultTool(new("sanctum_access_status", "Access status", "Says what became of a request for access.")
{
    Parameters = [new("handle", "From sanctum_request_access.") { IsRequired = true }],
    Results = AccessText.Results,
    IsReadOnly = true,
})
{
    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken) =>
        AccessText.Reply(await vault.AccessStatusAsync(arguments.Text("handle"), cancellationToken).ConfigureAwait(false));
}

/// <summary>What is said of a request for access.</summary>
internal static class AccessText
{
    public static IReadOnlyList<ToolMember> Results { get; } =
    [
        new("handle", "") { IsRequired = true },
        new("status", "") { IsRequired = true, Values = ["pending", "granted", "denied", "expired", "ended"] },
        new("operator_command", "Tell the operator."),
        new("expires_at", ""),
        new("granted", "") { Type = MemberType.Object },
        new("reason", "The operator's."),
    ];

    public static ToolReply Reply(AccessProposal it)
    {
        // There is no page for operators: the exact command stands for the link.
        var command = it.State == AccessProposalState.Pending ? $"sanctum approval show {it.Handle}" : null;
        var status = new AskedAccess(
            it.Handle,
            it.State.ToString().ToLowerInvariant(),
            command,
            it.ExpiresAt?.ToUniversalTime(),
            it.Granted is { } granted ? new GrantedTerms(granted.Path, granted.Operation, granted.Hosts, granted.Methods, granted.MaxPerHour) : null,
            it.Reason);
        return new ToolReply(ToolJson.Element(status, ToolJson.Default.AskedAccess), TextOf(it, command));
    }

    private static string TextOf(AccessProposal it, string? command) => it.State switch
    {
        AccessProposalState.Pending => $"It waits for the vault's operator. Tell the user that they decide with: {command}\nThen call sanctum_access_status with handle \"{it.Handle}\".",
        AccessProposalState.Granted => $"Granted{Until(it.ExpiresAt)}: {it.Granted!.Operation} with {it.Granted.Path}{Limits(it.Granted)}.",
        AccessProposalState.Denied => $"The operator denied it{(it.Reason is null ? "" : $": {it.Reason}")}. Don't repeat the request.",
        AccessProposalState.Expired => "No operator decided in time. Ask again if it is still needed.",
        _ => "It was granted, and that is over. Ask again if it is still needed.",
    };

    private static string Until(DateTimeOffset? end) => end is { } time ? string.Create(CultureInfo.InvariantCulture, $" until {time.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC") : "";

    private static string Limits(GrantedAccess it) =>
        (it.Hosts.Count > 0 ? $"; hosts {string.Join(", ", it.Hosts)}" : "")
        + (it.Methods.Count > 0 ? $"; methods {string.Join(", ", it.Methods)}" : "")
        + (it.MaxPerHour is { } most ? string.Create(CultureInfo.InvariantCulture, $"; at most {most} an hour") : "");
}
