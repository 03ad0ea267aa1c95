using System.Text;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_list_credentials</c>: what there is to use, and for what.</summary>
internal sealed class ListCredentialsTool() : VaultTool(new("sanctum_list_credentials", "List credentials", "Lists the credentials you may use, what you may do with each and to which hosts. Shows no secrets.")
{
    Parameters = [new("prefix", "Only paths that begin so.")],
    Results =
    [
        new("credentials", "")
        {
            IsRequired = true,
            Type = MemberType.ObjectList,
            Members =
            [
                new("path", "") { IsRequired = true },
                new("type", ""),
                new("description", ""),
                new("actions", "") { Type = MemberType.TextList },
                new("hosts", "") { Type = MemberType.TextList },
            ],
        },
    ],
    IsReadOnly = true,
})
{
    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var credentials = await vault.ListAccessAsync(arguments.OptionalText("prefix"), cancellationToken).ConfigureAwait(false);
        return Reply(credentials);
    }

    public static ToolReply Reply(IEnumerable<CredentialInfo> credentials)
    {
        var listed = new ListedCredentials([.. credentials.Select(it => new ListedCredential(it.Path, it.Type, it.Description, it.Actions ?? [], it.Hosts ?? []))]);
        return new ToolReply(ToolJson.Element(listed, ToolJson.Default.ListedCredentials), TextOf(listed.Credentials));
    }

    private static string TextOf(IReadOnlyList<ListedCredential> credentials)
    {
        var text = new StringBuilder(credentials.Count == 0 ? "There are none that you may act on. Ask the vault's operator for a policy." : "");
        foreach (var it in credentials)
        {
            text.Append($"{it.Path}: {string.Join(", ", it.Actions)}{(it.Hosts.Count > 0 ? $"; hosts {string.Join(", ", it.Hosts)}" : "")}{(it.Description.Length > 0 ? $"; {it.Description}" : "")}\n");
        }

        return text.ToString().TrimEnd('\n');
    }
}
