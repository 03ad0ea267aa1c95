namespace Sanctum.Daemon.Proxy.BaseUrls;

/// <summary>A request's target below a lease's base URL: <c>/api/v1/proxy/t/LEASE/REST</c>.</summary>
/// <param name="LeaseId">The lease, 32 hex digits.</param>
/// <param name="Rest">What follows it, byte for byte; it begins with a slash.</param>
internal readonly record struct BaseUrl(string LeaseId, string Rest)
{
    /// <summary>What every base URL begins with.</summary>
    public const string Prefix = "/api/v1/proxy/t/";

    private const int IdLength = 32;

    /// <summary>Reads a target. One that begins like a base URL and goes on otherwise is none: a lease is spelled in one way.</summary>
    public static bool TryParse(string target, out BaseUrl url)
    {
        url = default;
        if (!target.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = target[Prefix.Length..];
        if (rest.Length < IdLength || !rest[..IdLength].All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        var (id, path) = (rest[..IdLength], rest[IdLength..]);
        if (path is not ("" or ['/' or '?', ..]))
        {
            return false;
        }

        url = new BaseUrl(id, path is ['/', ..] ? path : "/" + path);
        return true;
    }

    /// <summary>The base URL of a lease.</summary>
    /// <param name="server">Where the proxy listens, such as <c>http://127.0.0.1:7700</c>.</param>
    /// <param name="leaseId">The lease.</param>
    /// <param name="host">The host that it goes to, where the credential has several.</param>
    public static string Of(string server, string leaseId, string? host) => $"{server}{Prefix}{leaseId}{(host is null ? "" : $"/{host}")}";
}
