using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Admin;

/// <summary>HTTP over the admin socket, or the port for operators. Bodies pass through buffers that are zeroed.</summary>
internal sealed class AdminHttp : IDisposable
{
    private static readonly string[] _long =
        [AdminRoutes.Unseal, AdminRoutes.Login, AdminRoutes.Passphrase, AdminRoutes.Seal, AdminRoutes.VerifyAudit, AdminRoutes.ReadAudit, AdminRoutes.Backup];

    private readonly Func<int?> _processId;
    private readonly Func<HttpRequestException, OperatorException> _unreachable;
    private readonly string? _token;
    private readonly Patience _patience;
    private readonly HttpClient _http;

    /// <param name="socketPath">The admin socket.</param>
    /// <param name="limit">How long the daemon may say nothing.</param>
    public AdminHttp(string socketPath, TimeSpan limit)
        : this(new AdminSocketConnection(socketPath), limit)
    {
    }

    /// <param name="address">The operators' port.</param>
    /// <param name="connect">Opens a connection to who may have the token.</param>
    /// <param name="token">Goes with calls that bring none.</param>
    /// <param name="limit">How long the daemon may say nothing.</param>
    public AdminHttp(DnsEndPoint address, Func<CancellationToken, ValueTask<Stream>> connect, string? token, TimeSpan limit)
        : this(new UriBuilder("http", address.Host, address.Port).Uri, connect, limit) =>
        (_processId, _unreachable, _token) = (() => null, cause => OperatorErrors.NoOperatorsPort($"{address.Host}:{address.Port}", cause), token);

    private AdminHttp(AdminSocketConnection socket, TimeSpan limit)
        : this(new Uri($"http://{AdminClient.Host}"), socket.OpenAsync, limit) =>
        (_processId, _unreachable) = (() => socket.ProcessId, OperatorErrors.NoResponse);

    private AdminHttp(Uri address, Func<CancellationToken, ValueTask<Stream>> connect, TimeSpan limit)
    {
        (_processId, _unreachable) = (() => null, OperatorErrors.NoResponse);
        _patience = new Patience(limit, RespondsAsync);
        var handler = new SocketsHttpHandler
        {
            // A proxy of the environment has no part in this, nor have cookies or redirects.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = (_, cancellationToken) => connect(cancellationToken),
        };

        // Verifying or backing up a large vault takes its time: what is limited is the daemon's silence.
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<TResult> GetAsync<TResult>(string path, JsonTypeInfo<TResult> result, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, result, cancellationToken).ConfigureAwait(false);
    }

    public async Task<TResult> PostAsync<TRequest, TResult>(
        string path,
        string? token,
        TRequest parameters,
        JsonTypeInfo<TRequest> type,
        JsonTypeInfo<TResult> result,
        CancellationToken cancellationToken)
    {
        using var response = await PostAsync(path, token, parameters, type, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and gives the response once its headers are there. The caller disposes it.</summary>
    public async Task<HttpResponseMessage> PostAsync<TRequest>(
        string path,
        string? token,
        TRequest parameters,
        JsonTypeInfo<TRequest> type,
        CancellationToken cancellationToken)
    {
        using var buffer = new FrameBuffer();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(json, parameters, type);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ReadOnlyMemoryContent(buffer.Frame[FrameLimits.Prefix..]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (token is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {token}");
        }

        return await SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A response's body, each part of which may be as late as the daemon lives.</summary>
    public async Task<Stream> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var what = Name(response.RequestMessage!);
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new PatientStream(body, (read, token) => _patience.WaitAsync(read, Patience.Endless, () => Silent(what), token));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        if (_token is not null && request.Headers.Authorization is null)
        {
            request.Headers.Add("Authorization", $"Bearer {_token}");
        }

        try
        {
            response = await _patience.WaitAsync(
                token => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), Times(request), () => Silent(Name(request)), cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException refused) when (refused.InnerException is OperatorException untrusted)
        {
            throw untrusted;
        }
        catch (HttpRequestException unreachable)
        {
            throw _unreachable(unreachable);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            var error = (await ReadAsync(response, AdminJson.Default.AdminErrorResult, cancellationToken).ConfigureAwait(false)).Error;
            throw new OperatorException(error.Code, error.Message, error.Suggestion);
        }
    }

    // The status is the one call that a daemon serves whatever else it does.
    private async Task<bool> RespondsAsync(CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(_patience.Limit);
        try
        {
            using var response = await _http.GetAsync(AdminRoutes.Status, late.Token).ConfigureAwait(false);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private OperatorException Silent(string call) => OperatorErrors.DaemonSilent(call, _processId(), _patience.Limit);

    private static int Times(HttpRequestMessage request) =>
        request.RequestUri!.OriginalString == AdminRoutes.Status ? Patience.Once
        : _long.Contains(request.RequestUri.OriginalString, StringComparer.Ordinal) ? Patience.Endless
        : Patience.Ordinary;

    // '/v1/status' is 'status'.
    private static string Name(HttpRequestMessage request) => request.RequestUri!.OriginalString.Split('/')[^1];

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await BodyAsync(response, cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false) ?? throw Unusable();
        }
        catch (Exception unusable) when (unusable is JsonException or HttpRequestException or IOException)
        {
            throw Unusable(unusable);
        }
    }

    internal static OperatorException Unusable(Exception? cause = null) =>
        new(OperatorErrors.Internal, "the daemon's response is incomplete, or comes from another version", "see the daemon's log; run the same version of both programs", cause);
}
