using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>An operator, or somebody who would like to be one, on a daemon's admin socket: says exactly what a test wants in HTTP.</summary>
internal sealed class AdminWire : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="socket">The socket to knock at: the operators', or for once the agents'.</param>
    public AdminWire(string socket) => _http = new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        Timeout = TimeSpan.FromMinutes(5),
    };

    public AdminWire(SanctumHome home)
        : this(Path.Join(home.Vault, "admin.sock"))
    {
    }

    /// <summary>An operator over TCP, where the daemon has such a listener.</summary>
    public AdminWire(IPEndPoint endPoint) => _http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri($"http://{endPoint}"),
        Timeout = TimeSpan.FromMinutes(5),
    };

    public string? Token { get; set; }

    /// <summary>Proves the passphrase.</summary>
    public async Task LoginAsync(string passphrase = SanctumHome.Passphrase) =>
        Token = (string)(await DoAsync("login", new JsonObject { ["passphrase"] = Base64(passphrase), ["scopes"] = new JsonArray("read", "approve", "manage", "secrets") }))["token"]!;

    public static JsonObject Proof(string passphrase) => new() { ["passphrase"] = Base64(passphrase) };

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public Task StoreAsync(string path, string value) =>
        DoAsync("credentials/store", new JsonObject { ["path"] = path, ["value"] = Base64(value) });

    public async Task<string> GetAsync(string path)
    {
        using var response = await SendAsync("credentials/get", new JsonObject { ["path"] = path });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return body;
    }

    /// <summary>A call that has to succeed.</summary>
    public async Task<JsonNode> DoAsync(string call, JsonObject? parameters = null)
    {
        using var response = await SendAsync(call, parameters);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>A call that has to be refused: its error's code.</summary>
    public async Task<string> RefusedAsync(string call, JsonObject? parameters = null)
    {
        using var response = await SendAsync(call, parameters);
        var body = await response.Content.ReadAsStringAsync();
        Assert.False(response.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["error"]!["code"]!;
    }

    /// <summary>The audit log, whole.</summary>
    public async Task<IReadOnlyList<JsonNode>> AuditAsync()
    {
        using var response = await SendAsync("audit/read", []);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(response.IsSuccessStatusCode, lines.FirstOrDefault());
        return [.. lines.Select(line => JsonNode.Parse(line)!)];
    }

    public Task<HttpResponseMessage> SendAsync(string call, JsonObject? parameters = null, Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(call == "status" ? HttpMethod.Get : HttpMethod.Post, $"/v1/{call}");
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new StringContent((parameters ?? []).ToJsonString(), new MediaTypeHeaderValue("application/json"));
        }

        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        change?.Invoke(request);
        return _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();
}
