using Sanctum.Credentials;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>list</c>: a page of what the agent may act on.</summary>
internal sealed class ListMethod() : RpcMethod<ListParams>(Protocol.Messages.Methods.List, RequestJson.Default.ListParams)
{
    // Names of members, times and the like; then of actions.
    private const int AroundTexts = 160;
    private const int AroundAccess = 96;

    protected override async ValueTask RunAsync(ListParams parameters, RpcCall call)
    {
        var withAccess = parameters.Access == true;
        var page = await call.Connection.Vault.ListAsync(
            call.Connection.SignIn.Caller(parameters.SessionId),
            parameters.Prefix,
            parameters.Limit,
            parameters.Cursor,
            withAccess,
            call.Connection.Gone).ConfigureAwait(false);
        await call.Connection.TakeReplyMemoryAsync(call, page.Credentials.Sum(credential => SizeOf(credential, withAccess))).ConfigureAwait(false);
        var entries = new List<CredentialEntry>(page.Credentials.Count);
        foreach (var (index, credential) in page.Credentials.Index())
        {
            entries.Add(new CredentialEntry(
                credential.Path.Value,
                credential.Type,
                credential.Description,
                credential.Tags,
                credential.CreatedAt,
                credential.UpdatedAt,
                withAccess ? page.Actions[index] : null,
                withAccess ? [.. credential.Hosts, .. credential.AllowedOrigins] : null));
        }

        call.Write(new ListResult(entries, page.NextCursor), RequestJson.Default.ListResult);
    }

    // Texts are mostly as long as they are written.
    private static long SizeOf(CredentialInfo credential, bool withAccess) =>
        AroundTexts + credential.Path.Value.Length + credential.Type.Length + credential.Description.Length + credential.Tags.Sum(tag => tag.Length + 3)
        + (withAccess ? AroundAccess + credential.Hosts.Concat(credential.AllowedOrigins).Sum(host => host.Length + 3) : 0);
}
