using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sanctum.SealProviders.Remote;
using Sanctum.Sealing;

namespace Sanctum.SealProviders.Tests;

/// <summary>Against a real HTTPS server that speaks the transit engine's API.</summary>
public sealed class TransitTests : IAsyncLifetime
{
    private readonly Folder _folder = new();
    private KeyService _service = null!;
    private string _settings = "", _token = "";

    public async ValueTask InitializeAsync()
    {
        _service = await KeyService.StartAsync();
        _service.Respond = TransitAsync;
        _token = _folder.Write("token", "s.CANARY-token\n");
        _settings = Configure(_service.Origin, _folder.Write("ca.pem", _service.Authority!.CaPem));
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_engine_encrypts_the_key_and_gives_it_out_again()
    {
        var provider = new TransitProvider(_folder.Vault);
        var place = Failing.Place(_settings);
        using var created = await provider.CreateAsync(place, default);
        Assert.StartsWith("vault:v1:", created.Data, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(created.Key.Span), created.Data, StringComparison.Ordinal);
        using var opened = await provider.OpenAsync(place, created.Data, default);
        Assert.Equal(created.Key.Span, opened.Span);
        await provider.ForgetAsync(place, default);
        Assert.Equal(2, _service.Requests);
    }

    [Theory]
    [InlineData(403, "refused the token (403)")]
    [InlineData(404, "has no transit key 'sanctum' at 'transit' (404)")]
    [InlineData(400, "can't decrypt with the key 'sanctum' (400)")]
    [InlineData(503, "is sealed or not ready (503)")]
    [InlineData(429, "(429)")]
    [InlineData(500, "responded with 500")]
    public async Task What_it_refuses_is_told_without_its_words(int status, string words)
    {
        _service.Respond = async http =>
        {
            http.Response.StatusCode = status;
            await http.Response.WriteAsync("""{"errors":["CANARY of the service"]}""");
        };
        var failure = await Failing.WithAsync(words, () => OpenAsync());
        Assert.DoesNotContain("CANARY", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":{"plaintext":"not base64!"}}""")]
    [InlineData("""{"data":{"plaintext":7}}""")]
    public async Task What_is_no_response_of_the_engine_is_refused(string body)
    {
        _service.Respond = http => http.Response.WriteAsync(body);
        await Failing.WithAsync("not that of a transit engine", () => OpenAsync());
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_takes_no_token_along()
    {
        await using var other = await KeyService.StartAsync(tls: false);
        _service.Respond = http =>
        {
            http.Response.Redirect($"{other.Origin}/v1/transit/decrypt/sanctum", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await Failing.WithAsync("redirects are not followed", () => OpenAsync());
        Assert.Equal(0, other.Requests);
    }

    [Fact]
    public async Task A_response_of_100_MB_is_cut_off()
    {
        var sent = 0L;
        _service.Respond = async http =>
        {
            var chunk = new byte[64 * 1024];
            for (; sent < 100_000_000; sent += chunk.Length)
            {
                await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
            }
        };
        await Failing.WithAsync("larger than 64 KiB", () => OpenAsync());
        Assert.InRange(sent, 0, 20_000_000);
    }

    [Fact]
    public async Task A_response_that_never_comes_ends_with_the_callers_patience()
    {
        using var patience = new CancellationTokenSource();
        _service.Respond = async http =>
        {
            await patience.CancelAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OpenAsync(patience.Token));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_trusted_and_gets_no_token()
    {
        using var stranger = new Sanctum.Upstream.TestAuthority();
        _settings = Configure(_service.Origin, _folder.Write("ca.pem", stranger.CaPem));
        await Failing.WithAsync("is not trusted", () => OpenAsync());
        _settings = Configure(_service.Origin, null);
        await Failing.WithAsync("is not trusted", () => OpenAsync());
        _settings = Configure(_service.Origin.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), _folder.Write("ca.pem", _service.Authority!.CaPem));
        await Failing.WithAsync("is not trusted", () => OpenAsync()); // Of this authority, for another name.
        Assert.Equal(0, _service.Requests);
    }

    [Fact]
    public async Task Settings_in_the_vaults_folder_are_refused_by_whatever_way_they_are_named()
    {
        var inside = Path.Join(_folder.Vault, "transit.json");
        File.Copy(_settings, inside);
        File.CreateSymbolicLink(Path.Join(_folder.Path, "link.json"), inside);
        File.CreateSymbolicLink(Path.Join(_folder.Path, "folder"), _folder.Vault);
        foreach (var path in new[] { inside, Path.Join(_folder.Path, "link.json"), Path.Join(_folder.Path, "folder", "transit.json"), Path.Join(_folder.Path, "vault", "..", "vault", "transit.json") })
        {
            _settings = path;
            await Failing.WithAsync("lies in the vault's folder", () => OpenAsync());
        }

        _settings = "transit.json";
        await Failing.WithAsync("not the absolute path", () => OpenAsync());
        _settings = "/none/transit.json";
        await Failing.WithAsync("does not exist", () => OpenAsync());
        Assert.Equal(0, _service.Requests);
    }

    [Theory]
    [InlineData("http://bao.example:8200", "is not https")]
    [InlineData("http://localhost:8200", "is not https")]
    [InlineData("https://user@bao.example", "is not an origin")]
    [InlineData("https://bao.example/v1", "is not an origin")]
    [InlineData("bao.example", "is not an origin")]
    [InlineData("ftp://bao.example", "is not https")]
    public async Task The_address_is_an_origin_with_https(string address, string words)
    {
        _settings = Configure(address, null);
        await Failing.WithAsync(words, () => OpenAsync());
    }

    [Theory]
    [InlineData("\"key\": \"../sys/raw\"", "is not a name")]
    [InlineData("\"key\": \"a/b\"", "is not a name")]
    [InlineData("\"key\": \"sanctum\", \"mount\": \"transit/../sys\"", "is not a name")]
    [InlineData("\"key\": \"sanctum\", \"unknown\": 1", "settings file is not valid")]
    [InlineData("\"key\": 1", "settings file is not valid at 'key'")]
    public async Task Settings_are_read_strictly(string members, string words)
    {
        _settings = _folder.Write("transit.json", $$"""{ "address": "{{_service.Origin}}", "token_file": "{{_token}}", {{members}} }""");
        await Failing.WithAsync(words, () => OpenAsync());
        Assert.Equal(0, _service.Requests);
    }

    [Fact]
    public async Task A_token_that_others_can_read_or_that_is_none_is_not_sent()
    {
        File.SetUnixFileMode(_token, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await Failing.WithAsync("can be read by all users", () => OpenAsync());
        _folder.Write("token", "two\nlines");
        await Failing.WithAsync("does not hold a token", () => OpenAsync());
        _folder.Write("token", "");
        await Failing.WithAsync("does not hold a token", () => OpenAsync());
        Assert.Equal(0, _service.Requests);
    }

    private Task OpenAsync(CancellationToken cancellationToken = default) => new TransitProvider(_folder.Vault).OpenAsync(Failing.Place(_settings), "vault:v1:AAAA", cancellationToken);

    private string Configure(string address, string? caFile) => _folder.Write("transit.json", $$"""
        {
          // As docs/sealing.md has it.
          "address": "{{address}}",
          "key": "sanctum",
          "token_file": "{{_token}}",
          "ca_file": {{(caFile is null ? "null" : $"\"{caFile}\"")}},
        }
        """);

    // What the engine does, with a cipher that tests can do without.
    private static async Task TransitAsync(HttpContext http)
    {
        Assert.Equal("s.CANARY-token", http.Request.Headers["X-Vault-Token"]);
        Assert.Equal(("POST", "application/json"), (http.Request.Method, http.Request.ContentType));
        var body = (await JsonNode.ParseAsync(http.Request.Body))!;
        await http.Response.WriteAsync(http.Request.Path.Value switch
        {
            "/v1/transit/encrypt/sanctum" => $$$"""{"request_id":"r","data":{"ciphertext":"vault:v1:{{{Turned((string)body["plaintext"]!)}}}","key_version":1}}""",
            "/v1/transit/decrypt/sanctum" => $$$"""{"request_id":"r","data":{"plaintext":"{{{Turned(((string)body["ciphertext"]!)["vault:v1:".Length..])}}}"}}""",
            _ => throw new InvalidOperationException($"no such path: {http.Request.Path}"),
        });
    }

    private static string Turned(string base64) => Convert.ToBase64String([.. Convert.FromBase64String(base64).Select(it => (byte)~it)]);
}
