using System.Globalization;
using System.Text.Json;
using Sanctum.Client.Connections;
using Sanctum.Protocol;

namespace Sanctum.Client.Runs;

/// <summary>Reads what the proxy says when it refuses: a header with the code, and a JSON body.</summary>
internal static class ProxyRefusals
{
    /// <summary>The header with the code. The proxy takes it off what services send.</summary>
    public const string Header = "Sanctum-Error";

    /// <summary>The longest body that is read.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>The vault's error.</summary>
    /// <param name="body">The body.</param>
    public static VaultException Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var (code, message, detail, suggestion, retryAfter, sends) = JsonSerializer.Deserialize(body, Replies.Default.ProxyRefusalReply)!.Error;
            return Errors.From(new RpcError(code, message, detail, suggestion, Context: Context(retryAfter, sends)));
        }
        catch (JsonException malformed)
        {
            return Errors.UnusableReply("CONNECT", malformed);
        }
    }

    private static JsonElement? Context(long? retryAfter, long? sends)
    {
        if (retryAfter is null && sends is null)
        {
            return null;
        }

        string[] members =
        [
            .. retryAfter is { } seconds ? [string.Create(CultureInfo.InvariantCulture, $"\"retry_after\":{seconds}")] : Array.Empty<string>(),
            .. sends is { } count ? [string.Create(CultureInfo.InvariantCulture, $"\"sends\":{count}")] : Array.Empty<string>(),
        ];
        return JsonElement.Parse($"{{{string.Join(',', members)}}}");
    }
}
