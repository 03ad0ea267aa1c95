using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>credential.list</c>: all that the agent may act on, as a bare array; this dialect has no pages.</summary>
internal sealed class CredentialListMethod() : RpcMethod<CredentialListParams>(Protocol.Messages.Methods.CredentialList, RequestJson.Default.CredentialListParams)
{
    protected override async ValueTask RunAsync(CredentialListParams parameters, RpcCall call)
    {
        var (connection, entries, size) = (call.Connection, new List<CredentialSummary>(), 0);
        string? cursor = null;
        do
        {
            var page = await connection.Vault
                .ListAsync(connection.SignIn.Caller(null), prefix: null, limit: null, cursor, withActions: false, connection.Gone).ConfigureAwait(false);
            foreach (var credential in page.Credentials)
            {
                size += credential.Path.Value.Length + credential.Description.Length;
                entries.Add(new CredentialSummary(credential.Path.Value, credential.Type, credential.Description));
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null && size < FrameLimits.Reply);

        const int aroundTexts = 48;
        await connection.TakeReplyMemoryAsync(call, size + (entries.Count * aroundTexts)).ConfigureAwait(false);

        // What does not fit is refused when it is written.
        call.Write(entries, RequestJson.Default.IReadOnlyListCredentialSummary);
    }
}
