using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Hosting.Tls;

namespace Sanctum.Daemon.Admin;

/// <summary>Responds to operators' HTTP requests: who may ask is decided here, what is done stands in <see cref="AdminEndpoints"/>.</summary>
internal sealed class AdminServer
{
    private readonly FrozenDictionary<string, AdminEndpoint> _endpoints;
    private readonly AdminContext _context;
    private readonly BoundAddresses _bound;
    private readonly ServerTls? _tls;
    private readonly ILogger _log;

    public AdminServer(AdminContext context, BoundAddresses bound, ILogger<AdminServer> log, ServerTls? tls = null)
    {
        (_context, _bound, _tls) = (context, bound, tls);
        _endpoints = AdminEndpoints.All.ToFrozenDictionary(endpoint => endpoint.Path, StringComparer.Ordinal);
        _log = log;
    }

    public async Task RespondAsync(HttpContext http)
    {
        try
        {
            await RespondCheckedAsync(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (Exception failure)
        {
            await FailAsync(http, failure).ConfigureAwait(false);
        }
    }

    private Task RespondCheckedAsync(HttpContext http)
    {
        var overTcp = http.Connection.LocalIpAddress is not null;
        CheckOrigin(http.Request, overTcp);

        // The path as it was sent: what Kestrel decodes or collapses is not one of ours.
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!_endpoints.TryGetValue(target, out var endpoint) || http.Request.Method != endpoint.Method)
        {
            throw new OperatorException(OperatorErrors.NotFound, "unknown call", "'sanctum docs admin-api' lists the calls");
        }

        // On TCP everything needs a token, so that nothing there takes a stranger's passphrase or tells a stranger anything. Whoever has shown a certificate that
        // an operator's authority has signed is no stranger; what needs a token on the socket needs one all the same, and stopping always does.
        var isSealed = _context.Vault.IsSealed;
        var needsToken = endpoint.NeedsToken(isSealed);
        var grant = Token(http.Request) is { } token ? _context.Tokens.Find(token) : null;
        var isStranger = overTcp && !(endpoint.Scopes == OperatorScopes.None && HasCertificate(http));
        if (grant is null && (needsToken || isStranger))
        {
            throw isSealed && needsToken && (!overTcp || HasCertificate(http)) ? OperatorErrors.Locked() : overTcp ? OperatorErrors.NoTokenOverTcp() : OperatorErrors.NoToken();
        }

        if (grant is not null)
        {
            grant.RequireSession(overTcp ? null : OperatorConnections.PeerOf(http).Session);
            OperatorConnections.Keep(http);
        }

        if (needsToken)
        {
            grant!.Require(endpoint.Scopes);
        }

        return endpoint.Run(http, _context, grant?.By);
    }

    // A page in a browser can reach loopback, and by a name that it resolves to it. Neither the one nor the other gets further.
    private void CheckOrigin(HttpRequest request, bool overTcp)
    {
        var host = request.Headers.Host;
        var origin = request.Headers.Origin;
        var allowed = host is [{ } name] && (overTcp ? IsOurs(request.Host, name) : name == AdminClient.Host);
        if (!allowed || (origin.Count > 0 && !(overTcp && origin is [{ } from] && from == $"{request.Scheme}://{host}")))
        {
            throw new OperatorException(OperatorErrors.AccessDenied, "this Host or Origin is not allowed");
        }
    }

    private bool HasCertificate(HttpContext http) =>
        _tls is { RequiresClientCertificate: true } && http.Features.Get<TlsHandshake>() is { Client: ClientCertificate.Trusted };

    private static string? Token(HttpRequest request)
    {
        const string scheme = "Bearer ";
        return request.Headers.Authorization is [{ } header] && header.StartsWith(scheme, StringComparison.Ordinal) ? header[scheme.Length..] : null;
    }

    // With TLS the client has checked the name, and so can no name be of somebody else's making that is not in the certificate.
    private bool IsOurs(HostString host, string name) => HostsOf(_bound.Http).Contains(name, StringComparer.Ordinal) || (_tls is not null && _tls.IsFor(host.Host.Trim('[', ']')));

    private static IEnumerable<string> HostsOf(IPEndPoint? http) =>
        http is null ? [] : [http.ToString(), $"localhost:{http.Port}"];

    private async Task FailAsync(HttpContext http, Exception failure)
    {
        if (!OperatorErrors.TryTranslate(failure, out var error))
        {
            _log.Failed(http.TraceIdentifier, "admin", failure);
        }

        if (http.Response.HasStarted)
        {
            // Part of a response is out: cut it off, so that it can't be taken for a whole one.
            http.Abort();
            return;
        }

        http.Response.StatusCode = Status(error.Code);
        await AdminRequest
            .WriteAsync(http, new AdminErrorResult(AdminError.Of(error)), AdminJson.Default.AdminErrorResult)
            .ConfigureAwait(false);
    }

    private static int Status(string code) => code switch
    {
        "AUTH_FAILED" => 401,
        "ACCESS_DENIED" => 403,
        "NOT_FOUND" or "CREDENTIAL_NOT_FOUND" => 404,
        "CONFLICT" => 409,
        "VAULT_LOCKED" => 423,
        "RATE_LIMITED" => 429,
        "INVALID_PARAMS" or "INVALID_REQUEST" or "UNSUPPORTED_OPERATION" => 400,
        "STORAGE_FAILED" => 507,
        _ => 500,
    };
}
