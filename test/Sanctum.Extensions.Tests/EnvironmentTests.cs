using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sanctum.Client;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests;

/// <summary>All tests that set variables are here. Variables are the whole process's, so nothing else runs beside them.</summary>
[Collection("environment")]
public sealed class EnvironmentTests : IDisposable
{
    private static readonly string[] _names = ["SANCTUM_AGENT", "SANCTUM_SOCKET", "SANCTUM_KEY", "SANCTUM_VAULT_PATH"];

    public EnvironmentTests() => Clear();

    public void Dispose() => Clear();

    [Fact]
    public async Task A_program_is_configured_by_its_environment_alone()
    {
        await using var vault = await TestVault.StartAsync();
        Set(("SANCTUM_AGENT", vault.Agent), ("SANCTUM_SOCKET", vault.SocketPath), ("SANCTUM_KEY", Path.Join(vault.KeyDirectory, $"{vault.Agent}.key")));
        await using var services = new ServiceCollection().AddSanctum().BuildServiceProvider();
        Assert.Empty(await services.GetRequiredService<SanctumClient>().ListAsync());
    }

    [Fact]
    public async Task The_vaults_folder_is_enough_for_socket_and_key()
    {
        await using var vault = await TestVault.StartAsync();
        Set(("SANCTUM_AGENT", vault.Agent), ("SANCTUM_VAULT_PATH", Path.GetDirectoryName(vault.SocketPath)!));
        await using var client = SanctumClient.FromEnvironment();
        Assert.Empty(await client.ListAsync());
    }

    [Fact]
    public async Task Settings_win_over_the_environment()
    {
        await using var vault = await TestVault.StartAsync();
        Set(("SANCTUM_AGENT", "nobody"), ("SANCTUM_SOCKET", "/nowhere/vault.sock"), ("SANCTUM_KEY", "/nowhere/key"));
        await using var services = new ServiceCollection().AddSanctum(vault.Configure).BuildServiceProvider();
        Assert.Empty(await services.GetRequiredService<SanctumClient>().ListAsync());
    }

    [Theory]
    [InlineData("127.0.0.1:7700", "127.0.0.1", 7700)]
    [InlineData("[::1]:7700", "::1", 7700)]
    [InlineData("vault.internal:7700", "vault.internal", 7700)]
    public void A_socket_can_be_a_host_and_a_port(string value, string host, int port)
    {
        Set(("SANCTUM_SOCKET", value));
        var options = SanctumEnvironment.Fill(new SanctumClientOptions());
        Assert.Equal((host, port, null), (options.Host, options.Port, options.SocketPath));
    }

    [Fact]
    public void A_key_in_the_environment_is_refused_and_not_repeated()
    {
        var key = new string('a', 64);
        Set(("SANCTUM_KEY", key));
        var refused = Assert.Throws<ArgumentException>(() => SanctumEnvironment.Fill(new SanctumClientOptions()));
        Assert.StartsWith("SANCTUM_KEY holds a key and not a path", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_does_not_exist_is_refused_with_the_variables_name()
    {
        Set(("SANCTUM_SOCKET", "localhost:77000"));
        var refused = Assert.Throws<ArgumentException>(() => SanctumEnvironment.Fill(new SanctumClientOptions()));
        Assert.StartsWith("SANCTUM_SOCKET is neither a socket's path nor host:port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_an_agents_name_says_where_to_set_it()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSanctum(builder.Configuration.GetSection("Sanctum"));
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal("no agent is named for the vault: set Sanctum:Agent or SANCTUM_AGENT to the name that 'sanctum agent register' was given", refused.Message);
        Assert.Throws<InvalidOperationException>(SanctumClient.FromEnvironment);
    }

    [Fact]
    public async Task A_vault_with_a_name_takes_nothing_from_the_environment()
    {
        Set(("SANCTUM_AGENT", "helper"));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSanctum("prod", _ => { });
        using var host = builder.Build();
        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
    }

    private static void Set(params (string Name, string Value)[] variables) => Array.ForEach(variables, variable => Environment.SetEnvironmentVariable(variable.Name, variable.Value));

    private static void Clear() => Array.ForEach(_names, name => Environment.SetEnvironmentVariable(name, null));
}

/// <summary>Runs alone.</summary>
[CollectionDefinition("environment", DisableParallelization = true)]
public static class EnvironmentCollection;
