using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_check_access</c>: what would become of a call.</summary>
internal sealed class CheckAccessTool() : VaultTool(new("sanctum_check_access", "Check access", "Says whether a call would be allowed now, and if not, why and what to do. Sends nothing.")
{
    Parameters =
    [
        ToolMember.Credential,
        new("operation", "Which: sign, http_request, …; any where it is left out."),
        new("url", "Of a request."),
        new("method", "Of a request. Default: GET."),
    ],
    Results = [new("allowed", "") { IsRequired = true, Type = MemberType.Flag }, new("code", ""), new("reason", ""), new("suggestion", "")],
    IsReadOnly = true,
})
{
    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var check = await vault.CheckAccessAsync(
            arguments.Text("credential"),
            new AccessQuery { Operation = arguments.OptionalText("operation"), Method = arguments.OptionalText("method"), Url = UrlOf(arguments) },
            cancellationToken).ConfigureAwait(false);
        return Reply(check);
    }

    public static ToolReply Reply(AccessCheck check)
    {
        return new ToolReply(
            ToolJson.Element(new CheckedAccess(check.Allowed, check.Code, check.Reason, check.Suggestion), ToolJson.Default.CheckedAccess),
            check.Allowed ? "It would be allowed." : $"{check.Code}: {check.Reason}\nWhat to do: {check.Suggestion}");
    }

    private static Uri? UrlOf(ToolArguments arguments) => arguments.OptionalText("url") is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) ? url
        : throw new ToolArgumentException("'url' must be a URL with scheme and host");
}
