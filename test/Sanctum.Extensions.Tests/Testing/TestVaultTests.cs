using Microsoft.Extensions.Time.Testing;
using Sanctum.Client;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests.Testing;

public sealed class TestVaultTests
{
    [Fact]
    public async Task Assertions_say_what_was_sent_instead()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await vault.StartUpstreamAsync();
        await vault.StoreAsync("openai/api_key", "sk-test-9fQ2x7", service.Origin);
        service.RequireNone();
        Assert.Equal("one request was expected, and none arrived", Assert.Throws<TestVaultException>(service.RequireSingle).Message);

        await using var client = vault.CreateClient();
        using var http = new HttpClient(new SanctumHttpHandler(client, "openai/api_key")) { BaseAddress = service.Address };
        using var response = await http.PostAsync("v1/chat?stream=true", new StringContent("hello"));
        var sent = service.RequireSingle().RequireHeader("Authorization", "Bearer sk-test-9fQ2x7").RequireNoHeader("Cookie");
        Assert.Equal(("POST", "/v1/chat?stream=true", "hello"), (sent.Method, sent.Target, sent.Text));
        Assert.StartsWith("POST /v1/chat?stream=true has no header X-Api-Key; it has ", Assert.Throws<TestVaultException>(() => sent.RequireHeader("X-Api-Key", "x")).Message, StringComparison.Ordinal);
        Assert.Equal("POST /v1/chat?stream=true has the header authorization", Assert.Throws<TestVaultException>(() => sent.RequireNoHeader("authorization")).Message);
        Assert.Equal("no request was expected, and 1 (POST /v1/chat?stream=true) arrived", Assert.Throws<TestVaultException>(service.RequireNone).Message);
    }

    [Fact]
    public async Task Responses_come_in_the_order_that_was_said_and_then_as_made()
    {
        await using var vault = await TestVault.StartAsync();
        var service = (await vault.StartUpstreamAsync())
            .RespondNext(new UpstreamResponse(429) { Headers = new Dictionary<string, string> { ["Retry-After"] = "3" } })
            .Respond(request => new UpstreamResponse(200, $"you asked for {request.Target}"));
        await vault.StoreAsync("openai/api_key", "sk-test-9fQ2x7", service.Origin);
        await using var client = vault.CreateClient();
        using var http = new HttpClient(new SanctumHttpHandler(client, "openai/api_key")) { BaseAddress = service.Address };
        using var first = await http.GetAsync("one");
        Assert.Equal((429, TimeSpan.FromSeconds(3)), ((int)first.StatusCode, first.Headers.RetryAfter?.Delta));
        Assert.Equal("you asked for /two", await http.GetStringAsync("two"));
    }

    [Fact]
    public async Task A_secret_in_a_text_is_found_and_not_repeated()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        vault.RequireNoSecretIn("nothing to see");
        var found = Assert.Throws<TestVaultException>(() => vault.RequireNoSecretIn("password: hunter2-9fQ2x7"));
        Assert.Equal("the text holds a secret of the vault, at character 10", found.Message);
    }

    [Fact]
    public async Task Leases_end_by_the_tests_clock()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { TimeProvider = time, MaxTtl = TimeSpan.FromSeconds(60) });
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        await using var client = vault.CreateClient();
        await using var lease = await client.RetrieveLeaseAsync("db/main");
        time.Advance(TimeSpan.FromSeconds(61));
        await Assert.ThrowsAsync<LeaseExpiredException>(() => lease.RenewAsync());
    }

    [Fact]
    public async Task An_agent_has_what_the_options_grant()
    {
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { Agent = "reader", Grant = PolicyActions.None });
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        await using var client = vault.CreateClient();
        Assert.Equal("reader", client.AgentName);
        await Assert.ThrowsAsync<AccessDeniedException>(() => client.RetrieveAsync("db/main"));
    }

    [Fact]
    public async Task What_was_stored_is_there_after_a_restart_and_nothing_is_left_after_the_end()
    {
        var vault = await TestVault.StartAsync();
        var folder = Path.GetDirectoryName(vault.SocketPath)!;
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        await vault.RestartAsync();
        await using (var client = vault.CreateClient())
        {
            Assert.Equal("hunter2-9fQ2x7", await client.RetrieveAsync("db/main"));
        }

        Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => file.EndsWith(".db", StringComparison.Ordinal) || file.EndsWith(".sealed", StringComparison.Ordinal));
        await vault.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_sealed_vault_has_no_operator_and_says_what_to_do()
    {
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { StartSealed = true });
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => vault.StoreAsync("db/main", "hunter2-9fQ2x7"));
        Assert.Equal("the vault is sealed: call UnsealAsync first", refused.Message);
        await vault.UnsealAsync();
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
    }
}
