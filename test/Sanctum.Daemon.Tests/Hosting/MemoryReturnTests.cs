using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class MemoryReturnTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task Memory_comes_back_after_a_flood()
    {
        await using var vault = await VaultFixture.CreateAsync((opened, by) =>
            opened.Credentials.StoreAsync(by, Credentials.CredentialPath.Parse("app/seal"), "CANARY-a key that is long enough to encrypt with"u8.ToArray()));
        using var daemon = await DaemonProcess.StartAsync(vault);
        var frame = AgentWire.Frame(
            $$$$"""{"id":1,"method":"use","params":{"path":"app/seal","operation":"encrypt","params":{"data":"{{{{new string('x', MiB)}}}}"}}}""");
        var (ordinary, highest) = (0L, 0L);
        await using (var warm = await vault.SignInAsync())
        {
            // One after another they need the memory of one, and by the end the daemon has compiled what it will.
            for (var i = 0; i < 48; i++)
            {
                await warm.SendAsync(frame);
                await warm.ReadAsync();
            }

            ordinary = daemon.ResidentBytes;
        }

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async connection =>
        {
            await using var wire = await vault.SignInAsync();
            for (var i = 0; i < 12; i++)
            {
                await wire.SendAsync(frame);
                Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
                highest = Math.Max(highest, daemon.ResidentBytes);
            }
        }));

        // This process compiles as it runs, and holds more by itself than the published executable: two thirds of what the flood added go back.
        var most = ordinary + ((highest - ordinary) / 3);
        var (clock, now) = (System.Diagnostics.Stopwatch.StartNew(), daemon.ResidentBytes);
        while (now > most && clock.Elapsed < TimeSpan.FromMinutes(2))
        {
            await Task.Delay(100);
            now = daemon.ResidentBytes;
        }

        Assert.True(now <= most, $"{ordinary / MiB} MiB before, {highest / MiB} at the most, and still {now / MiB}");
    }

    [Fact]
    public void Memory_for_calls_is_a_quarter_of_what_there_is_at_the_most()
    {
        var configured = new LimitsConfig();

        Assert.Equal(configured, MemoryLimit.Fit(configured, 1024L * MiB));
        Assert.Equal((32, 4 * MiB), Of(MemoryLimit.Fit(configured, 128L * MiB)));
        Assert.Equal((16, 2 * MiB), Of(MemoryLimit.Fit(configured, 64L * MiB)));

        static (int Memory, int Frame) Of(LimitsConfig limits) => (limits.RequestMemory, limits.RequestFrame);
    }

    [Theory]
    [InlineData(4096, 64, 128, 64)]
    [InlineData(1024, 64, 128, 64)]
    [InlineData(512, 64, 64, 64)]
    [InlineData(256, 64, 32, 32)]
    [InlineData(128, 32, 16, 32)]
    [InlineData(32, 8, 8, 32)]
    public void What_nobody_set_leaves_half_of_the_memory_down_to_the_least_that_works(int available, int calls, int responses, int bodies)
    {
        var egress = MemoryLimit.Fit(new EgressConfig(), (long)available * MiB);

        Assert.Equal((calls, responses, bodies), (MemoryLimit.Fit(new LimitsConfig(), (long)available * MiB).RequestMemory, egress.ResponseMemory, egress.RequestMemory));
        var set = new EgressConfig { ResponseMemory = 100, RequestMemory = 200 };
        Assert.Equal(set, MemoryLimit.Fit(set, (long)available * MiB));
    }

    [Fact]
    public async Task A_daemon_with_a_small_heap_says_what_it_gives_to_calls_responses_and_bodies()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await DaemonProcess.StartAsync(vault, environment: ("DOTNET_GCHeapHardLimit", "0x10000000"));
        await daemon.TerminateAsync();

        var log = await daemon.Log.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("this process may use 256 MiB of memory: limits.request_memory is 64, egress.response_memory 32, egress.request_memory 32", log, StringComparison.Ordinal);
    }
}
