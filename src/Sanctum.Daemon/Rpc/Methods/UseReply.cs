using System.Buffers.Text;
using System.Text.Encodings.Web;
using Sanctum.Operations;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary>The memory for what an operation gives back, where its request does not tell how long that is.</summary>
internal static class UseReply
{
    // {"success":true,"output":{"status":200,"headers":{},"body_base64":""}} and the like.
    private const int AroundTexts = 256;

    // Quotes around it, a colon and a comma.
    private const int AroundHeader = 6;

    /// <summary>Takes it of the agent's memory, before anything is written.</summary>
    /// <exception cref="RpcException">There is none for too long.</exception>
    public static async ValueTask TakeMemoryAsync(RpcCall call, OperationResult result)
    {
        try
        {
            await call.Connection.TakeReplyMemoryAsync(call, LengthOf(result)).ConfigureAwait(false);
        }
        catch (RpcException) when (result is HttpRequestResult)
        {
            throw RpcErrors.NoMemoryForResponse();
        }
    }

    // The results of other operations are about as long as what was sent for them.
    private static long LengthOf(OperationResult result) => result switch
    {
        HttpRequestResult response => AroundTexts + LengthOf(response.Headers) + LengthOf(response.Trailers)
            + (response.IsText ? Escaped(response.Body.Span) : Base64.GetMaxEncodedToUtf8Length(response.Body.Length)),
        HttpHeaderResult header => AroundTexts + (2 * (header.HeaderName.Length + Escaped(header.Utf8Value))),
        DecryptResult decrypted => AroundTexts + Escaped(decrypted.Utf8Plaintext),
        _ => 0,
    };

    private static long LengthOf(IReadOnlyDictionary<string, string> headers) => headers.Sum(header => AroundHeader + (long)header.Key.Length + (2 * header.Value.Length));

    // How long it is in JSON, as frames are written. It may be a secret.
    private static long Escaped(ReadOnlySpan<byte> utf8)
    {
        Span<byte> piece = stackalloc byte[1024];
        long length = 0;
        while (!utf8.IsEmpty)
        {
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(utf8, piece, out var read, out var written);
            length += written;
            utf8 = utf8[read..];
        }

        piece.Clear();
        return length;
    }
}
