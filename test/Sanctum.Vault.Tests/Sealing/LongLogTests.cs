using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>An agent that makes the log long must not make the vault too large to be unsealed.</summary>
[Collection(nameof(ProcessWide))]
public sealed class LongLogTests
{
    private const long Allowance = 8 * 1024 * 1024;

    [Fact]
    public async Task Unsealing_needs_no_more_memory_however_many_entries_the_last_hour_has()
    {
        await using var test = await LimitedAsync();
        await test.RecordAsync(Uses(300_000));
        await test.SealAsync();

        var (before, most, segments) = (GC.GetTotalMemory(forceFullCollection: true), 0L, 0);
        test.Store.ReadingBackwards = () => most = segments++ % 32 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)) : most;
        await test.UnsealAsync();

        Assert.True(segments >= 300_000 / 1024, $"only {segments} segments were read");
        Assert.InRange(most - before, long.MinValue, Allowance);
    }

    [Fact]
    public void Retrieving_and_releasing_for_ever_takes_no_more_memory_than_what_is_held()
    {
        var held = new HeldLeases();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 200_000; i++)
        {
            Assert.True(held.TryReserve(1, TestVault.Noon, out _));
            var lease = new Lease(
                $"{i:x32}", AgentName.Parse("bot"), CredentialPath.Parse("a/b"), TimeSpan.FromDays(1), TestVault.Noon, TestVault.Noon.AddDays(1), 0);
            held.Put(lease, reserved: true);
            Assert.True(held.Remove(lease));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Allowance / 8);
        GC.KeepAlive(held);
    }

    [Fact]
    public async Task Without_an_hourly_limit_only_the_end_of_the_log_is_read()
    {
        await using var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Use, name: "p");
        await test.RecordAsync(Uses(20_000));
        await test.SealAsync();

        test.Store.SegmentsReadBackwards = 0;
        await test.UnsealAsync();

        Assert.InRange(test.Store.SegmentsReadBackwards, 1, 4);
    }

    [Fact]
    public async Task What_is_older_than_an_hour_is_not_read()
    {
        await using var test = await LimitedAsync();
        await test.RecordAsync(Uses(20_000));
        test.Time.Advance(TimeSpan.FromMinutes(61));
        await test.SealAsync();

        test.Store.SegmentsReadBackwards = 0;
        await test.UnsealAsync();

        Assert.InRange(test.Store.SegmentsReadBackwards, 1, 4);
    }

    private static async Task<TestVault> LimitedAsync()
    {
        var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Use, name: "p", conditions: new() { MaxUsesPerHour = 10 });
        return test;
    }

    private static IEnumerable<AuditEntry> Uses(int count) => Enumerable.Range(0, count).Select(_ => new AuditEntry
    {
        Time = TestVault.Noon,
        Actor = "agent:bot",
        Action = AuditActions.Use,
        Resource = "a/b",
        Operation = "sign",
        Outcome = AuditOutcome.Allowed,
        Policies = ["p"],
        SessionId = "0123456789abcdef0123456789abcdef",
    });
}
