using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

public sealed class SanctumHttpHandlerTests : IAsyncLifetime
{
    private readonly ScriptedPeer _peer = new();
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync() => (_client, _connection) = await _peer.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _client.DisposeAsync();
        _peer.Dispose();
    }

    [Fact]
    public async Task An_http_client_sends_through_the_vault_with_base_address_and_default_headers()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "openai/api_key", new() { HeaderType = "api_key" })) { BaseAddress = new("https://api.example/v1/") };
        http.DefaultRequestHeaders.Add("X-Version", "2");
        var posting = http.PostAsJsonAsync("models?all", new { name = "a" });
        var sent = await RespondAsync("""{"status":201,"headers":{"location":"/v1/models/1"},"body":"[1,2]"}""");
        Assert.Equal("openai/api_key", sent["path"]);
        var parameters = sent.Params.GetProperty("params");
        Assert.Equal(
            ("POST", "https://api.example/v1/models?all", "api_key", """{"name":"a"}"""),
            (Text("method"), Text("url"), Text("header_type"), Text("body")));
        var headers = parameters.GetProperty("headers");
        Assert.Equal(["Content-Type", "X-Version"], headers.EnumerateObject().Select(header => header.Name).Order(StringComparer.Ordinal));

        using var created = await posting;
        Assert.Equal((HttpStatusCode.Created, "/v1/models/1"), (created.StatusCode, created.Headers.Location?.OriginalString));
        Assert.Equal("[1,2]", (await created.Content.ReadFromJsonAsync<JsonElement>()).GetRawText());

        string? Text(string member) => parameters.GetProperty(member).GetString();
    }

    [Fact]
    public async Task An_unsuccessful_status_is_told_apart_from_a_refusal_of_the_vault()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var failing = http.GetStringAsync("https://api.example/");
        await RespondAsync("""{"status":503}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Assert.ThrowsAsync<HttpRequestException>(() => failing)).StatusCode);

        var refusing = http.GetStringAsync("https://other.example/");
        await _connection.RefuseAsync(await _connection.ReadAsync("use"), ErrorCode.EgressDenied);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => refusing);
        Assert.Null(refused.StatusCode);
        Assert.Equal(ErrorCode.EgressDenied, Assert.IsType<VaultException>(refused.InnerException).Code);
    }

    [Fact]
    public async Task Cancelling_stops_the_waiting_and_disposing_leaves_the_vaults_client_alone()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        using var leaving = new CancellationTokenSource();
        var getting = http.GetAsync("https://api.example/", leaving.Token);
        var unanswered = await _connection.ReadAsync("use");
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => getting);
        http.Dispose();

        await _connection.ReplyAsync(unanswered, """{"status":200}""");
        var verifying = _client.VerifyAsync("k", "data", "c2ln");
        await RespondAsync("""{"valid":true}""");
        Assert.True(await verifying);
    }

    [Fact]
    public void A_handler_needs_a_client_and_a_path()
    {
        Assert.Throws<ArgumentNullException>(() => new SanctumHttpHandler(null!, "k"));
        Assert.Throws<ArgumentException>(() => new SanctumHttpHandler(_client, ""));
    }

    private async Task<PeerRequest> RespondAsync(string result)
    {
        var request = await _connection.ReadAsync("use");
        await _connection.ReplyAsync(request, result);
        return request;
    }
}
