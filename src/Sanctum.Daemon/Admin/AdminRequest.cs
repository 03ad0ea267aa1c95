using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Sanctum.Daemon.Admin;

/// <summary>Reads requests' bodies and writes replies', through buffers that are zeroed.</summary>
internal static class AdminRequest
{
    // Enough for a secret of 1 MiB in base64 with what is said about it.
    public const int LargestBody = 2 * 1024 * 1024;

    /// <summary>Enough for two passphrases of 64 KiB in base64.</summary>
    public const int LargestPassphraseBody = 256 * 1024;

    // What a body claims to have is believed when it has arrived.
    private const int FirstPart = 4 * 1024;
    private const int Piece = 32 * 1024;

    // Whoever reads more slowly than this keeps a response from the others for nothing.
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(10));

    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, int largest = LargestBody)
    {
        // A page in a browser can send a form or text/plain to another origin without asking; this it can't.
        if (http.Request.ContentType is not "application/json")
        {
            throw new OperatorException(OperatorErrors.InvalidRequest, "the content type must be application/json");
        }

        if (http.Request.ContentLength is not { } length || length > largest)
        {
            throw new OperatorException(OperatorErrors.InvalidRequest, $"the request requires a Content-Length of at most {largest}");
        }

        var body = await ReadAsync(http, (int)length).ConfigureAwait(false);
        try
        {
            return AdminBody.Read(body, type) ?? throw Malformed();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or EndOfStreamException)
        {
            throw Malformed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    /// <summary>Writes a result as it is made: each part when the one before it has been taken.</summary>
    public static Task WriteAsync<T>(HttpContext http, T result, JsonTypeInfo<T> type)
    {
        http.Response.ContentType = "application/json";
        LimitSlowness(http);
        return JsonSerializer.SerializeAsync(http.Response.BodyWriter, result, type, http.RequestAborted);
    }

    /// <summary>Writes a secret in pieces, each when the one before it has been taken.</summary>
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> secret)
    {
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = secret.Length;
        LimitSlowness(http);
        for (; !secret.IsEmpty; secret = secret[Math.Min(secret.Length, Piece)..])
        {
            await http.Response.Body.WriteAsync(secret[..Math.Min(secret.Length, Piece)], http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static void LimitSlowness(HttpContext http)
    {
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = SlowestReader;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContext http, int length)
    {
        var body = GC.AllocateUninitializedArray<byte>(Math.Min(length, FirstPart), pinned: true);
        var read = 0;
        try
        {
            while (true)
            {
                await http.Request.Body.ReadExactlyAsync(body.AsMemory(read), http.RequestAborted).ConfigureAwait(false);
                read = body.Length;
                if (read == length)
                {
                    return body;
                }

                var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, read * 2L), pinned: true);
                body.CopyTo(larger, 0);
                CryptographicOperations.ZeroMemory(body);
                body = larger;
            }
        }
        catch (EndOfStreamException)
        {
            CryptographicOperations.ZeroMemory(body);
            throw Malformed();
        }
        catch
        {
            CryptographicOperations.ZeroMemory(body);
            throw;
        }
    }

    private static OperatorException Malformed() =>
        new(OperatorErrors.InvalidRequest, "invalid body for this call", "'sanctum docs admin-api' lists the members of each call");
}
