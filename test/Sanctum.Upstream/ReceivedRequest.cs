using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Sanctum.Upstream;

/// <summary>A request as it arrived, with all of its body.</summary>
public sealed class ReceivedRequest
{
    private readonly TaskCompletionSource<RequestEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ReceivedRequest(HttpContext context, byte[] body)
    {
        var request = context.Request;
        (Method, Target, Protocol) = (request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, request.Protocol);
        Headers = [.. request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))];
        Body = body;
        Address = context.Connection.LocalIpAddress;
        ServerName = context.Features.Get<ISslStreamFeature>()?.SslStream.TargetHostName;
    }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>The path and query exactly as sent: nothing decoded, no dot segment resolved.</summary>
    public string Target { get; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; }

    /// <summary>Every header line, one entry each, a byte a character. For HTTP/2, <c>:authority</c> is here as <c>Host</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The body, without framing.</summary>
    public byte[] Body { get; }

    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The address that it was sent to.</summary>
    public IPAddress? Address { get; }

    /// <summary>The host that the client named in the TLS handshake; null without TLS, empty when it named none.</summary>
    public string? ServerName { get; }

    /// <summary>How it ended, when it has.</summary>
    public Task<RequestEnding> Ending => _ending.Task;

    /// <summary>A header's value, several joined by a comma; null when it was not sent.</summary>
    public string? this[string header]
    {
        get
        {
            var values = Headers.Where(sent => string.Equals(sent.Key, header, StringComparison.OrdinalIgnoreCase)).Select(sent => sent.Value).ToList();
            return values.Count == 0 ? null : string.Join(", ", values);
        }
    }

    internal static async Task<ReceivedRequest> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return new ReceivedRequest(context, body.ToArray());
    }

    internal void End(RequestEnding ending) => _ending.SetResult(ending);
}

/// <summary>How a request ended, as the upstream saw it.</summary>
public enum RequestEnding
{
    /// <summary>The upstream said all that it had to say.</summary>
    Responded,

    /// <summary>The client closed the connection, or reset the stream, before that.</summary>
    ClientLeft,

    /// <summary>The upstream broke off, as the route is meant to.</summary>
    Broken,
}
