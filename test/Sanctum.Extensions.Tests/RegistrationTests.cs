using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sanctum.Client;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task A_client_from_a_section_reaches_the_vault()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        await using var services = new ServiceCollection().AddSanctum(SectionOf(vault)).BuildServiceProvider();
        Assert.Equal("hunter2-9fQ2x7", await services.GetRequiredService<SanctumClient>().RetrieveAsync("db/main"));
    }

    [Fact]
    public async Task A_program_has_one_client()
    {
        await using var vault = await TestVault.StartAsync();
        await using var services = new ServiceCollection().AddSanctum(vault.Configure).AddSanctum(vault.Configure).BuildServiceProvider();
        Assert.Same(services.GetRequiredService<SanctumClient>(), services.GetRequiredService<SanctumClient>());
    }

    [Fact]
    public void A_client_that_was_not_used_connects_to_nothing()
    {
        using var services = new ServiceCollection().AddSanctum(options => (options.Agent, options.SocketPath) = ("helper", "/nowhere/vault.sock")).BuildServiceProvider();
        Assert.Equal("helper", services.GetRequiredService<SanctumClient>().AgentName);
    }

    [Fact]
    public async Task Disposing_the_services_releases_leases_and_needs_no_asynchronous_disposal()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        using (var services = new ServiceCollection().AddSanctum(vault.Configure).BuildServiceProvider())
        {
            await services.GetRequiredService<SanctumClient>().RetrieveAsync("db/main");
        }

        await using var other = vault.CreateClient();
        Assert.Empty(await other.ListLeasesAsync());
    }

    [Fact]
    public async Task A_client_goes_on_after_the_daemon_was_restarted()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("webhooks/key", "signing-key-9fQ2x7");
        await using var services = new ServiceCollection().AddSanctum(vault.Configure).BuildServiceProvider();
        var client = services.GetRequiredService<SanctumClient>();
        var before = await client.SignAsync("webhooks/key", "text");
        await vault.RestartAsync();
        Assert.Equal(before, await client.SignAsync("webhooks/key", "text"));
    }

    [Fact]
    public async Task A_client_that_was_reset_signs_in_again()
    {
        await using var vault = await TestVault.StartAsync();
        await using var services = new ServiceCollection().AddSanctum(vault.Configure).BuildServiceProvider();
        var client = services.GetRequiredService<SanctumClient>();
        await client.ConnectAsync();
        File.Delete(Path.Join(vault.KeyDirectory, $"{vault.Agent}.key"));
        await client.ListAsync();
        await client.LogoutAsync();
        Assert.Contains("key file", (await Assert.ThrowsAsync<AuthException>(() => client.ListAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_vaults_have_a_client_each()
    {
        await using var first = await TestVault.StartAsync();
        await using var second = await TestVault.StartAsync();
        await first.StoreAsync("db/main", "first-9fQ2x7");
        await second.StoreAsync("db/main", "second-9fQ2x7");
        await using var services = new ServiceCollection().AddSanctum("first", first.Configure).AddSanctum("second", SectionOf(second)).BuildServiceProvider();
        Assert.Equal("first-9fQ2x7", await services.GetRequiredKeyedService<SanctumClient>("first").RetrieveAsync("db/main"));
        Assert.Equal("second-9fQ2x7", await services.GetRequiredKeyedService<SanctumClient>("second").RetrieveAsync("db/main"));
        Assert.Null(services.GetService<SanctumClient>());
    }

    [Fact]
    public async Task A_substitute_takes_the_clients_place()
    {
        await using var services = new ServiceCollection()
            .AddSanctum(options => options.Agent = "helper")
            .AddSingleton<SanctumClient>(new Substitute())
            .BuildServiceProvider();
        var client = services.GetRequiredService<SanctumClient>();
        Assert.Equal("made-up", await client.RetrieveAsync("db/main"));
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => client.ListAsync());
        Assert.Equal("this client is a substitute without a vault: override the method that is called", refused.Message);
    }

    [Theory]
    [InlineData("Agent", "no spaces", "Sanctum:Agent is invalid: an agent's name is 1 to 64 letters, digits, '_' and '-'")]
    [InlineData("Port", "7700", "Sanctum:Host and Port belong together: set both, or neither for a Unix socket")]
    [InlineData("Host", "localhost", "Sanctum:Host and Port belong together: set both, or neither for a Unix socket")]
    [InlineData("Port", "77000", "Sanctum:Port is invalid: a TCP port is 1 to 65535")]
    [InlineData("ConnectTimeout", "00:00:00", "Sanctum:ConnectTimeout is 00:00:00: set a time above zero, such as 00:00:10")]
    [InlineData("CloseTimeout", "-00:00:01", "Sanctum:CloseTimeout is -00:00:01: set a time above zero, such as 00:00:10")]
    [InlineData("Sokcet", "/run/vault.sock", "'Sokcet'")]
    [InlineData("Port", "many", "Sanctum:Port")]
    public async Task A_host_with_a_wrong_setting_does_not_start_and_says_what_to_set(string name, string value, string expected)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Sanctum:Agent"] = "helper", [$"Sanctum:{name}"] = value });
        builder.Services.AddSanctum(builder.Configuration.GetSection("Sanctum"));
        using var host = builder.Build();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_with_a_name_is_named_where_its_settings_are_wrong()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSanctum("prod", _ => { });
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal("vault 'prod': no agent is named for the vault: set Agent to the name that 'sanctum agent register' was given", refused.Message);
    }

    private static IConfigurationSection SectionOf(TestVault vault) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Sanctum:Agent"] = vault.Agent,
            ["Sanctum:SocketPath"] = vault.SocketPath,
            ["Sanctum:KeyPath"] = Path.Join(vault.KeyDirectory, $"{vault.Agent}.key"),
            ["Sanctum:RequestTimeout"] = "00:00:30",
            ["Sanctum:RequireLabelledChallenge"] = "true",
        })
        .Build()
        .GetSection("Sanctum");

    private sealed class Substitute : SanctumClient
    {
        public override Task<string> RetrieveAsync(string path, TimeSpan? ttl = null, CancellationToken cancellationToken = default) => Task.FromResult("made-up");
    }
}
