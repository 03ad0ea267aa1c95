using System.Text;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_retrieve</c>: the secret itself, which the model and its host then have. The lease is given back at once, since nobody here can take the secret back.</summary>
internal sealed class RetrieveTool() : VaultTool(new("sanctum_retrieve", "Retrieve a secret", "Gives you the secret itself. Only where nothing else will do: sanctum_http_request and the other tools use it unseen.")
{
    Parameters = [ToolMember.Credential],
    IsWaitedFor = true,
    Results = [new("value", "As text."), new("value_base64", "Where it is not text.")],
})
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken) =>
        RetrieveAsync(arguments.Text("credential"), vault, cancellationToken);

    /// <summary>Gives the secret, and the lease back.</summary>
    public static async Task<ToolReply> RetrieveAsync(string path, SanctumClient vault, CancellationToken cancellationToken)
    {
        await using var lease = await vault.RetrieveLeaseAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        var secret = SecretOf(lease.Bytes.Span);
        return new ToolReply(ToolJson.Element(secret, ToolJson.Default.RetrievedSecret), secret.Value ?? secret.ValueBase64!);
    }

    private static RetrievedSecret SecretOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new RetrievedSecret(Strict.GetString(bytes), null);
        }
        catch (DecoderFallbackException)
        {
            return new RetrievedSecret(null, Convert.ToBase64String(bytes));
        }
    }
}
