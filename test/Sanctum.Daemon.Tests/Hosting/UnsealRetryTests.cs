using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Crypto;
using Sanctum.SealProviders;
using Sanctum.SealProviders.Tests;
using Sanctum.Sealing;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>A transit engine that is down when the daemon starts: an HTTPS server that says so, as OpenBao does while it is sealed.</summary>
public sealed class UnsealRetryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private VaultFixture _vault = null!;
    private KeyService _service = null!;
    private volatile bool _isDown;
    private int _before;

    // Since the vault got its provider.
    private int Asked => _service.Requests - _before;

    public async ValueTask InitializeAsync()
    {
        _service = await KeyService.StartAsync();
        _service.Respond = RespondAsync;
        _vault = await VaultFixture.CreateAsync();
        var token = Write("token", "s.CANARY-token\n");
        var settings = Write("transit.json", $$"""{ "address": "{{_service.Origin}}", "key": "sanctum", "token_file": "{{token}}", "ca_file": "{{Write("ca.pem", _service.Authority!.CaPem)}}" }""");
        await using var store = await SqliteVaultStore.OpenAsync(_vault.Folder);
        await using var vault = await Vault.OpenAsync(store, new VaultOptions { SealProviders = SealProviderCatalog.For(_vault.Folder, TimeProvider.System), Kdf = KdfParameters.Minimum });
        var by = await vault.UnsealAsync(VaultFixture.PassphraseBytes);
        await vault.AddSealProviderAsync(by, VaultFixture.PassphraseBytes, new SealProviderInfo("bao", "transit", settings));
        (_before, _isDown) = (_service.Requests, true);
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task A_provider_that_is_down_at_start_opens_the_vault_when_it_is_back()
    {
        var daemon = await StartAsync();
        Assert.True(daemon.Status.Sealed);
        Assert.Contains(daemon.Status.Warnings!, it => it.Contains("'bao' (transit) did not open the vault", StringComparison.Ordinal));

        // It goes on for as long as it takes.
        var asked = _service.Requests;
        await PassUntilAsync(() => _service.Requests >= asked + 6);
        Assert.True(daemon.Status.Sealed);
        _isDown = false;
        await PassUntilAsync(() => !daemon.Status.Sealed);
        Assert.Equal("bao", daemon.Status.UnsealedBy);
        await _vault.SignInAsync();

        // A seal lasts.
        asked = _service.Requests;
        await SealAsync();
        await PassAsync();
        Assert.True(daemon.Status.Sealed);
        Assert.Equal(asked, _service.Requests);
    }

    [Fact]
    public async Task Whoever_unseals_and_seals_the_vault_ends_the_waiting()
    {
        var daemon = await StartAsync();
        using (var admin = _vault.Admin())
        {
            await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());
        }

        await SealAsync();
        _isDown = false;
        await PassAsync();
        Assert.True(daemon.Status.Sealed);
        Assert.Equal(1, Asked);
    }

    [Fact]
    public async Task Whoever_seals_a_vault_that_waits_ends_the_waiting()
    {
        var daemon = await StartAsync();
        using (var admin = _vault.Admin())
        {
            Assert.True((await admin.SealAsync(token: null)).Sealed);
        }

        _isDown = false;
        await PassAsync();
        Assert.True(daemon.Status.Sealed);
        Assert.Equal(1, Asked);
    }

    [Fact]
    public async Task A_wrong_passphrase_does_not_end_the_waiting()
    {
        var daemon = await StartAsync();
        using (var admin = _vault.Admin())
        {
            await Assert.ThrowsAnyAsync<Exception>(() => admin.UnsealAsync("a wrong passphrase"u8.ToArray()));
        }

        _isDown = false;
        await PassUntilAsync(() => !daemon.Status.Sealed);
    }

    [Fact]
    public async Task A_daemon_that_is_to_start_sealed_asks_nobody()
    {
        var daemon = await _vault.StartAsync(options => options with { TimeProvider = _time, UseSealProviders = false }, unsealed: false);
        _isDown = false;
        await PassAsync();
        Assert.True(daemon.Status.Sealed);
        Assert.Equal(0, Asked);
    }

    [Fact]
    public async Task A_daemon_stops_while_it_waits()
    {
        var daemon = await StartAsync();
        await daemon.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        _isDown = false;
        await PassAsync();
        Assert.Equal(1, Asked);
    }

    private Task<RunningDaemon> StartAsync() => _vault.StartAsync(options => options with { TimeProvider = _time }, unsealed: false);

    private async Task SealAsync()
    {
        using var admin = _vault.Admin();
        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
    }

    // Each step is longer than a pause, and shorter than what a provider is given.
    private Task PassUntilAsync(Func<bool> isSo) => Eventually.Async(() =>
    {
        if (isSo())
        {
            return true;
        }

        _time.Advance(TimeSpan.FromSeconds(6));
        return false;
    });

    // Long enough for what must not happen.
    private async Task PassAsync()
    {
        for (var i = 0; i < 40; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(6));
            await Task.Delay(10);
        }
    }

    private async Task RespondAsync(HttpContext http)
    {
        if (_isDown)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await http.Response.WriteAsync("""{"errors":["Vault is sealed"]}""");
            return;
        }

        var body = (await JsonNode.ParseAsync(http.Request.Body))!;
        await http.Response.WriteAsync(http.Request.Path.Value switch
        {
            "/v1/transit/encrypt/sanctum" => $$$"""{"request_id":"r","data":{"ciphertext":"vault:v1:{{{(string)body["plaintext"]!}}}","key_version":1}}""",
            "/v1/transit/decrypt/sanctum" => $$$"""{"request_id":"r","data":{"plaintext":"{{{((string)body["ciphertext"]!)["vault:v1:".Length..]}}}"}}""",
            _ => throw new InvalidOperationException($"no such path: {http.Request.Path}"),
        });
    }

    private string Write(string name, string text)
    {
        var path = Path.Join(_vault.Root, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
