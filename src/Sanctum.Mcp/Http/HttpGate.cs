using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sanctum.Mcp.Http;

/// <summary>
/// What each request passes before the protocol's library reads any of it. Loopback is no boundary: a page in the user's browser reaches it, under a name of its own too. So Host and Origin
/// are compared exactly, and each request needs a token. Nothing that allows another origin is ever sent.
/// </summary>
/// <param name="tokens">The tokens that open it.</param>
internal sealed class HttpGate(HttpTokens tokens)
{
    private const string Session = "Mcp-Session-Id";
    private const string Revision = "MCP-Protocol-Version";
    private const string FirstWithoutSessions = "2026-07-28";

    private int _sessions;
    private int _opening;
    private int _running;

    /// <summary>The sessions that are open.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    /// <summary>Where it is reached, as <c>Host</c> headers name it. Set once the port is known.</summary>
    public IReadOnlyList<string> Authorities { get; set; } = [];

    public async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        if (Refusal(http) is { } refusal)
        {
            await HttpRefusal.WriteAsync(http, refusal.Status, refusal.Message).ConfigureAwait(false);
            return;
        }

        if (tokens.OwnerOf(Single(http.Request.Headers.Authorization)) is not { } owner)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await HttpRefusal.WriteAsync(http, StatusCodes.Status401Unauthorized, "send the server's token as 'Authorization: Bearer TOKEN'").ConfigureAwait(false);
            return;
        }

        // The library keeps a session for the user that opened it. The token goes no further than this.
        http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, owner)], "Bearer"));
        http.Request.Headers.Authorization = default;
        await CountedAsync(http, next).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs a session, and counts it while it is open. What a request says of its revision is only its word: one that opens a session all the same, and finds no place, ends here.
    /// </summary>
    /// <param name="opening">The request that opened it.</param>
    /// <param name="run">The session.</param>
    public async Task RunSessionAsync(HttpContext opening, Func<Task> run)
    {
        if (!opening.Response.Headers.ContainsKey(Session))
        {
            await run().ConfigureAwait(false);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _sessions) > HttpLimits.Sessions)
            {
                opening.Abort();
                return;
            }

            await run().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _sessions);
        }
    }

    private (int Status, string Message)? Refusal(HttpContext http)
    {
        var headers = http.Request.Headers;
        return !Authorities.Contains(Single(headers.Host), StringComparer.Ordinal) ? (StatusCodes.Status403Forbidden, "this Host is not allowed")
            : headers.Origin.Count > 0 && !Authorities.Any(authority => Single(headers.Origin) == $"http://{authority}") ? (StatusCodes.Status403Forbidden, "this Origin is not allowed")
            : http.Request.Path != HttpVaultServer.Path ? (StatusCodes.Status404NotFound, $"there is nothing here: the server is at {HttpVaultServer.Path}")
            : http.Request.Method is not ("POST" or "GET" or "DELETE") ? (StatusCodes.Status405MethodNotAllowed, "use POST, GET or DELETE")
            : headers[Session].Count > 1 || headers[Revision].Count > 1 ? (StatusCodes.Status400BadRequest, "a header is repeated")
            : null;
    }

    private async Task CountedAsync(HttpContext http, RequestDelegate next)
    {
        var isStream = http.Request.Method == "GET";
        var opens = http.Request.Method == "POST" && http.Request.Headers[Session].Count == 0
            && string.CompareOrdinal(Single(http.Request.Headers[Revision]) ?? "", FirstWithoutSessions) < 0;
        if (!isStream && Interlocked.Increment(ref _running) > HttpLimits.Requests)
        {
            Interlocked.Decrement(ref _running);
            await HttpRefusal.WriteAsync(http, StatusCodes.Status429TooManyRequests, $"{HttpLimits.Requests} requests run already: wait for one of them").ConfigureAwait(false);
            return;
        }

        // One that is being opened takes a place already: many at once must not slip by.
        var opening = opens ? Interlocked.Increment(ref _opening) : 0;
        try
        {
            if (opens && Sessions + opening > HttpLimits.Sessions)
            {
                await HttpRefusal.WriteAsync(http, StatusCodes.Status429TooManyRequests, $"{HttpLimits.Sessions} sessions are open already: end one with DELETE").ConfigureAwait(false);
                return;
            }

            await next(http).ConfigureAwait(false);
        }
        finally
        {
            _ = opens ? Interlocked.Decrement(ref _opening) : 0;
            _ = isStream ? 0 : Interlocked.Decrement(ref _running);
        }
    }

    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;
}
