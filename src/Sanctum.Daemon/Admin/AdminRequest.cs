using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Admin;

/// <summary>Reads requests' bodies and writes replies', through buffers that are zeroed.</summary>
internal static class AdminRequest
{
    // Enough for a secret of 1 MiB in base64 with what is said about it.
    public const int LargestBody = 2 * 1024 * 1024;

    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
    {
        // A page in a browser can send a form or text/plain to another origin without asking; this it can't.
        if (http.Request.ContentType is not "application/json")
        {
            throw new OperatorException(OperatorErrors.InvalidRequest, "the content type must be application/json");
        }

        if (http.Request.ContentLength is not { } length || length > LargestBody)
        {
            throw new OperatorException(OperatorErrors.InvalidRequest, $"the body needs a length, of at most {LargestBody} bytes");
        }

        var body = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
        try
        {
            await http.Request.Body.ReadExactlyAsync(body, http.RequestAborted).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, type) ?? throw Malformed();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or EndOfStreamException)
        {
            // The reader's message could quote what was sent.
            throw Malformed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    public static async Task WriteAsync<T>(HttpContext http, T result, JsonTypeInfo<T> type)
    {
        using var buffer = new FrameBuffer();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(json, result, type);
        }

        var bytes = buffer.Frame[FrameLimits.Prefix..];
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted).ConfigureAwait(false);
    }

    private static OperatorException Malformed() =>
        new(OperatorErrors.InvalidRequest, "the body is not what this call takes", "docs/admin-api.md has the members of each call");
}
