using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests.Configuration;

public sealed class ConfigurationTests
{
    private const string Secret = "hunter2-9fQ2x7";

    [Fact]
    public async Task A_key_has_the_secret_as_its_value()
    {
        await using var vault = await VaultAsync();
        using var host = Build(vault, options => options.Map("ConnectionStrings:Main", "db/main").Map("Redis:Options", "db/main", secret => $"localhost,password={secret}"));
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        Assert.Equal(Secret, configuration.GetConnectionString("Main"));
        Assert.Equal($"localhost,password={Secret}", configuration["redis:options"]);
    }

    [Fact]
    public async Task Fifty_keys_take_one_connection_and_one_lease_for_each_path()
    {
        await using var vault = await VaultAsync();
        for (var number = 0; number < 25; number++)
        {
            await vault.StoreAsync($"db/of{number}", $"secret-{number}-9fQ2x7");
        }

        using var host = Build(vault, options =>
        {
            for (var number = 0; number < 50; number++)
            {
                options.Map($"Keys:{number}", $"db/of{number % 25}");
            }
        });
        Assert.Equal("secret-24-9fQ2x7", host.Services.GetRequiredService<IConfiguration>()["Keys:49"]);
        await using var client = vault.CreateClient();
        Assert.Equal(25, (await client.ListLeasesAsync()).Count);
        Assert.Equal(2, await SignInsAsync(vault));
    }

    [Fact]
    public async Task Leases_are_released_when_the_host_is_disposed()
    {
        await using var vault = await VaultAsync();
        await using var client = vault.CreateClient();
        using (Build(vault, options => options.Map("ConnectionStrings:Main", "db/main")))
        {
            Assert.Single(await client.ListLeasesAsync());
        }

        Assert.Empty(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task A_rotation_reaches_an_options_monitor()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var vault = await VaultAsync(new TestVaultOptions { TimeProvider = time });
        using var host = Build(vault, options => (options.TimeProvider, options.RefreshInterval) = (time, TimeSpan.FromMinutes(1)), options => options.Map("Database:Password", "db/main"));
        var monitor = host.Services.GetRequiredService<IOptionsMonitor<Database>>();
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = monitor.OnChange(database => seen.TrySetResult(database.Password));
        Assert.Equal(Secret, monitor.CurrentValue.Password);
        time.Advance(TimeSpan.FromSeconds(1));
        await vault.StoreAsync("db/main", "rotated-9fQ2x7");
        Assert.Equal("rotated-9fQ2x7", await PassAsync(time, TimeSpan.FromSeconds(70), seen.Task));
        Assert.Equal("rotated-9fQ2x7", monitor.CurrentValue.Password);
        await using var client = vault.CreateClient();
        Assert.Single(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task A_rotation_is_seen_by_an_agent_that_may_not_list()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var vault = await VaultAsync(new TestVaultOptions { TimeProvider = time, Grant = PolicyActions.Retrieve });
        using var host = Build(vault, options => options.TimeProvider = time, options => options.Map("Database:Password", "db/main"));
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = host.Services.GetRequiredService<IOptionsMonitor<Database>>().OnChange(database => seen.TrySetResult(database.Password));
        await vault.StoreAsync("db/main", "rotated-9fQ2x7");
        Assert.Equal("rotated-9fQ2x7", await PassAsync(time, TimeSpan.FromMinutes(4), seen.Task));
    }

    [Fact]
    public async Task A_lease_is_renewed_before_it_ends_and_asked_for_again_when_it_has_reached_its_limit()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var vault = await VaultAsync(new TestVaultOptions { TimeProvider = time, MaxLeaseRenewals = 2, MaxTtl = TimeSpan.FromSeconds(100) });
        using var host = Build(vault, options => (options.TimeProvider, options.RefreshInterval) = (time, TimeSpan.FromHours(1)), options => options.Map("Database:Password", "db/main"));
        await using var client = vault.CreateClient();
        var first = Assert.Single(await client.ListLeasesAsync());
        var renewed = await PassAsync(time, TimeSpan.FromSeconds(5), async () => (await client.ListLeasesAsync()) is [{ Renewals: 2 } lease] ? lease : null);
        Assert.Equal(first.LeaseId, renewed.LeaseId);
        var other = await PassAsync(time, TimeSpan.FromSeconds(5), async () => (await client.ListLeasesAsync()) is [{ Renewals: 0 } lease] ? lease : null);
        Assert.NotEqual(first.LeaseId, other.LeaseId);
    }

    [Fact]
    public async Task A_vault_that_is_sealed_at_start_is_waited_for()
    {
        await using var vault = await VaultAsync();
        await vault.SealAsync();
        var building = Task.Run(() => Build(vault, options => options.Map("ConnectionStrings:Main", "db/main")));
        Assert.False(building.IsCompleted);
        await vault.UnsealAsync();
        using var host = await building;
        Assert.Equal(Secret, host.Services.GetRequiredService<IConfiguration>().GetConnectionString("Main"));
    }

    [Fact]
    public async Task A_vault_that_does_not_come_ends_the_start_with_what_to_do()
    {
        await using var vault = await VaultAsync();
        await vault.SealAsync();
        var failed = Assert.Throws<InvalidOperationException>(() => Build(vault, options => options.StartTimeout = TimeSpan.FromMilliseconds(300), options => options.Map("ConnectionStrings:Main", "db/main")));
        Assert.StartsWith("the configuration's secrets can't be loaded: the vault did not respond within 0.3 s (", failed.Message, StringComparison.Ordinal);
        Assert.Contains("VAULT_LOCKED", failed.Message, StringComparison.Ordinal);
        Assert.EndsWith("start and unseal it first, or raise StartTimeout, or set Optional", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_optional_vault_is_loaded_when_it_comes()
    {
        await using var vault = await VaultAsync();
        await vault.StopAsync();
        using var host = Build(
            vault,
            options => (options.Optional, options.StartTimeout) = (true, TimeSpan.FromMilliseconds(100)),
            options => options.Map("Database:Password", "db/main"));
        var monitor = host.Services.GetRequiredService<IOptionsMonitor<Database>>();
        Assert.Null(monitor.CurrentValue.Password);
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = monitor.OnChange(database => seen.TrySetResult(database.Password));
        await vault.RestartAsync();
        Assert.Equal(Secret, await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task What_the_vault_refuses_ends_the_start_at_once_and_names_each_key()
    {
        await using var vault = await VaultAsync(new TestVaultOptions { Grant = PolicyActions.Retrieve });
        var failed = Assert.Throws<InvalidOperationException>(() => Build(vault, options => options.Optional = true, options => options.Map("A:One", "db/main").Map("A:Two", "db/none")));
        Assert.Contains("A:Two is db/none, and ", failed.Message, StringComparison.Ordinal);
        Assert.Contains("CREDENTIAL_NOT_FOUND", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("A:One", failed.Message, StringComparison.Ordinal);
        vault.RequireNoSecretIn(failed.ToString());
        await using var client = vault.CreateClient();
        Assert.Empty(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task A_key_that_is_refused_later_loses_its_value_and_one_that_can_not_be_asked_for_keeps_it()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var vault = await VaultAsync(new TestVaultOptions { TimeProvider = time });
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var host = Build(
            vault,
            options => (options.TimeProvider, options.OnRefreshFailed) = (time, failure => failures.Enqueue(failure.Code)),
            options => options.Map("Database:Password", "db/main"));
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        await vault.SealAsync();
        await PassAsync(time, TimeSpan.FromMinutes(1), () => Task.FromResult(failures.Contains("VAULT_LOCKED") ? "locked" : null));
        Assert.Equal(Secret, configuration["Database:Password"]);
        await vault.UnsealAsync();
        await vault.Vault.Policies.RemoveAsync(vault.Operator, "test");
        await PassAsync(time, TimeSpan.FromMinutes(1), () => Task.FromResult(failures.Contains("ACCESS_DENIED") ? "denied" : null));
        await PassAsync(time, TimeSpan.FromMinutes(1), () => Task.FromResult(configuration["Database:Password"] is null ? "gone" : null));
    }

    [Fact]
    public async Task No_secret_is_in_the_view_for_debugging_that_leaves_them_out()
    {
        await using var vault = await VaultAsync();
        using var host = Build(vault, options => options.Map("ConnectionStrings:Main", "db/main"));
        var root = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        var view = root.GetDebugViewWithoutSecrets();
        Assert.Contains("Main=[redacted] (SanctumConfigurationProvider for agent test-agent (1 keys))", view, StringComparison.Ordinal);
        vault.RequireNoSecretIn(view);
    }

    [Fact]
    public async Task What_a_format_function_throws_does_not_carry_the_secret()
    {
        await using var vault = await VaultAsync();
        var failed = Assert.Throws<InvalidOperationException>(() => Build(vault, options => options.Map("Port", "db/main", secret => throw new FormatException($"'{secret}' is no number"))));
        Assert.Equal("the function that makes the value of Port failed with FormatException", failed.Message);
        vault.RequireNoSecretIn(failed.ToString());
    }

    [Fact]
    public void Settings_that_are_missing_are_named_at_once()
    {
        var failed = Assert.Throws<InvalidOperationException>(() => new ConfigurationBuilder().AddSanctum(options => options.Agent = "helper").Build());
        Assert.Equal("no key is mapped: call Map(\"ConnectionStrings:Main\", \"db/main\")", failed.Message);
        Assert.Throws<ArgumentException>(() => new SanctumConfigurationOptions().Map("A:B", "db/one").Map("a:b", "db/two"));
    }

    [Fact]
    public async Task A_listener_that_disposes_the_host_does_not_wait_for_itself()
    {
        await using var vault = await VaultAsync();
        await vault.StopAsync();
        var host = Build(
            vault,
            options => (options.Optional, options.StartTimeout, options.CloseTimeout) = (true, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)),
            options => options.Map("Database:Password", "db/main"));
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = host.Services.GetRequiredService<IOptionsMonitor<Database>>().OnChange(_ =>
        {
            host.Dispose();
            disposed.SetResult();
        });
        await vault.RestartAsync();
        await disposed.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<TestVault> VaultAsync(TestVaultOptions? options = null)
    {
        var vault = await TestVault.StartAsync(options);
        await vault.StoreAsync("db/main", Secret);
        return vault;
    }

    private static IHost Build(TestVault vault, Action<SanctumConfigurationOptions> map) => Build(vault, _ => { }, map);

    private static IHost Build(TestVault vault, Action<SanctumConfigurationOptions> configure, Action<SanctumConfigurationOptions> map)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddSanctum(options =>
        {
            vault.Configure(options);
            configure(options);
            map(options);
        });
        builder.Services.Configure<Database>(builder.Configuration.GetSection("Database"));
        return builder.Build();
    }

    private static async Task<int> SignInsAsync(TestVault vault)
    {
        var count = 0;
        await foreach (var entry in vault.Vault.Audit.ReadAsync(vault.Operator))
        {
            count += entry.Action == "session.open" ? 1 : 0;
        }

        return count;
    }

    // The background works on real sockets: the clock is moved on until it has seen what it is to see.
    private static Task<string?> PassAsync(FakeTimeProvider time, TimeSpan step, Task<string?> seen) =>
        PassAsync(time, step, async () => seen.IsCompleted ? await seen : null)!;

    private static async Task<T> PassAsync<T>(FakeTimeProvider time, TimeSpan step, Func<Task<T?>> look)
        where T : class
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            tooLong.Token.ThrowIfCancellationRequested();
            time.Advance(step);
            await Task.Delay(20);
        }
    }

    private sealed class Database
    {
        public string? Password { get; set; }
    }
}
