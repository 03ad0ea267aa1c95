using System.Net.Http.Headers;
using System.Text.Json;
using Sanctum.Client.Connections;
using Sanctum.Protocol;

namespace Sanctum.Client.Runs;

/// <summary>Reads what the proxy says when it refuses: a header with the code, and a JSON body; to clients of gRPC a status.</summary>
internal static class ProxyRefusals
{
    /// <summary>The header with the code. The proxy takes it off what services send.</summary>
    public const string Header = "Sanctum-Error";

    /// <summary>The longest body that is read.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>Whether a response is the proxy's own.</summary>
    public static bool IsOne(HttpResponseMessage response) => response.Headers.NonValidated.TryGetValues(Header, out _);

    /// <summary>Whether it is one for a client of gRPC, which has no body.</summary>
    public static bool IsOfGrpc(HttpResponseMessage response) =>
        response.Content.Headers.ContentType is { MediaType: { } type } && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    /// <summary>The vault's error.</summary>
    /// <param name="response">What the proxy sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<VaultException> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (IsOfGrpc(response))
        {
            return OfGrpc(response.Headers);
        }

        await response.Content.LoadIntoBufferAsync(Longest, cancellationToken).ConfigureAwait(false);
        return Read(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The vault's error.</summary>
    /// <param name="body">The body.</param>
    public static VaultException Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var refusal = JsonSerializer.Deserialize(body, Replies.Default.ProxyRefusalReply)!.Error;
            var error = Errors.From(new RpcError(refusal.Code, refusal.Message, refusal.Detail, refusal.Suggestion, refusal.DocsUrl));
            error.Context = refusal.Context ?? error.Context;
            return error;
        }
        catch (JsonException malformed)
        {
            return Errors.UnusableReply("CONNECT", malformed);
        }
    }

    // Its message begins with the code.
    private static VaultException OfGrpc(HttpResponseHeaders headers)
    {
        var code = headers.NonValidated[Header].ToString();
        var message = headers.NonValidated.TryGetValues("grpc-message", out var said) ? Uri.UnescapeDataString(said.ToString()) : code;
        return Errors.From(new RpcError(code, message.StartsWith($"{code}: ", StringComparison.Ordinal) ? message[(code.Length + 2)..] : message));
    }
}
