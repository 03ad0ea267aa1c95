using Sanctum.Credentials;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>list</c>: a page of what the agent may act on.</summary>
internal sealed class ListMethod() : RpcMethod<ListParams>(Protocol.Messages.Methods.List, RequestJson.Default.ListParams)
{
    protected override async ValueTask RunAsync(ListParams parameters, RpcCall call)
    {
        var page = await call.Connection.Vault.ListAsync(
            call.Connection.SignIn.Caller(parameters.SessionId),
            parameters.Prefix,
            parameters.Limit,
            parameters.Cursor,
            call.Connection.Gone).ConfigureAwait(false);
        await call.Connection.TakeReplyMemoryAsync(call, page.Credentials.Sum(SizeOf)).ConfigureAwait(false);
        var entries = new List<CredentialEntry>(page.Credentials.Count);
        foreach (var credential in page.Credentials)
        {
            entries.Add(new CredentialEntry(
                credential.Path.Value,
                credential.Type,
                credential.Description,
                credential.Tags,
                credential.CreatedAt,
                credential.UpdatedAt));
        }

        call.Write(new ListResult(entries, page.NextCursor), RequestJson.Default.ListResult);
    }

    // Names of members, times and the like are some 160 characters; texts are mostly as long as they are written.
    private static long SizeOf(CredentialInfo credential) =>
        160 + credential.Path.Value.Length + credential.Type.Length + credential.Description.Length + credential.Tags.Sum(tag => tag.Length + 3);
}
