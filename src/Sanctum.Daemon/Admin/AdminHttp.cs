using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Admin;

/// <summary>HTTP over the admin socket. Bodies pass through buffers that are zeroed.</summary>
internal sealed class AdminHttp(string socketPath) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // A proxy of the environment has no part in this, nor have cookies or redirects.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri($"http://{AdminClient.Host}"),

        // Verifying or backing up a large vault takes its time; callers cancel.
        Timeout = Timeout.InfiniteTimeSpan,
    };

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

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException unreachable)
        {
            throw OperatorErrors.DaemonUnreachable(unreachable);
        }
        catch (ArgumentException tooLong)
        {
            // A socket's path has at most 107 bytes: no daemon can listen on a longer one.
            throw OperatorErrors.DaemonUnreachable(tooLong);
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

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false) ?? throw Unusable();
        }
        catch (Exception unusable) when (unusable is JsonException or HttpRequestException or IOException)
        {
            throw Unusable(unusable);
        }
    }

    internal static OperatorException Unusable(Exception? cause = null) =>
        new(OperatorErrors.Internal, "the daemon's answer is not whole, or is not one of this program's", "see the daemon's log; update both to one version", cause);
}
