using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.Forwarding;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Door;

namespace Sanctum.Daemon.Proxy.BaseUrls;

/// <summary>
/// Who may use a base URL: whoever sends the session token of the lease's holder where a client sends its API key, or the token of one of the holder's runs.
/// The lease itself is enough only where the operator said so.
/// </summary>
internal sealed class BaseUrlGate(Vault vault, ProxyRuns runs, TokenGuesses guesses, BoundAddresses bound, DaemonSettings settings)
{
    private const string Localhost = "localhost";

    /// <summary>Reads a request below a base URL.</summary>
    /// <exception cref="ProxyException">It is from a web page, or has no session token, or a wrong one.</exception>
    public async ValueTask<ProxyRequest> RequireAsync(HttpContext http, ProxyConnection connection, BaseUrl url)
    {
        RequireHost(http);
        var (run, token) = Find(http, url);
        if (run is not null)
        {
            return new ProxyRequest(run, url.Rest, ProxyRequest.BaseUrl) { Lease = new LeaseKey(url.LeaseId, token) };
        }

        // Clients that ask first whether a key is needed have guessed nothing.
        if (token is null && http.Request.Headers.ProxyAuthorization.Count == 0 && !TokenPlaces.HasKey(http.Request.Headers))
        {
            throw ProxyErrors.NoSessionToken();
        }

        throw await guesses.CountAsync(connection.Peer.Source, http.RequestAborted).ConfigureAwait(false)
            ? ProxyErrors.TooManyWrongTokens()
            : ProxyErrors.WrongSessionToken();
    }

    // The run, and what let the client in: of a token that nobody has, the token alone.
    private (ProxyRun? Run, string? Token) Find(HttpContext http, BaseUrl url)
    {
        var headers = http.Request.Headers;
        if (headers.ProxyAuthorization is [{ } only] && ProxyGate.TokenOf(only) is { } given)
        {
            return (runs.Find(given), given);
        }

        string? wrong = null;
        foreach (var token in TokenPlaces.In(headers, url.Rest))
        {
            if (runs.Find(token) is { } run)
            {
                return (run, token);
            }

            wrong = token;
        }

        return wrong is null && settings.Config.Proxy.LeaseUrlIsEnough && vault.HolderOf(url.LeaseId) is { } holder ? (runs.SessionOf(holder), null) : (null, wrong);
    }

    // A page in a browser can reach loopback, by its address and by a name that it resolves to it. Neither the one nor the other gets further.
    private void RequireHost(HttpContext http)
    {
        var headers = http.Request.Headers;
        string[] allowed = http.Connection.LocalIpAddress is null || bound.Proxy is not { } tcp ? [Localhost] : [tcp.ToString(), $"{Localhost}:{tcp.Port}"];
        if (headers.Host is not [{ } host] || !allowed.Contains(host, StringComparer.OrdinalIgnoreCase) || headers.Origin.Count > 0)
        {
            throw ProxyErrors.HostRefused();
        }
    }
}
