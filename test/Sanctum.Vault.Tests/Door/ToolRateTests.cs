using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>An agent that calls tools as fast as it can, or says that it has, does not fill the log.</summary>
public sealed class ToolRateTests : IAsyncLifetime
{
    private const int Most = 1200;

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.Vault.Policies.AddAsync(_test.Operator, new Policy { Name = "tools", Principal = "agent:*", Resources = ["tool:github/*"], Actions = PolicyActions.Call });
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Calls_have_a_limit_in_a_minute()
    {
        await FloodAsync(() => _test.Vault.RequireToolAsync(_bot, "github", "list_issues"), AuditActions.ToolCall);
        await _test.Vault.ReportToolAsync(_bot, "github", "list_issues", Ok);
    }

    // It is the agent's word: nothing shows that there was such a call.
    [Fact]
    public async Task Reports_of_calls_have_a_limit_in_a_minute()
    {
        await FloodAsync(() => _test.Vault.ReportToolAsync(_bot, "github", "list_issues", Ok), AuditActions.ToolOutcome);
        await _test.Vault.RequireToolAsync(_bot, "github", "list_issues");
    }

    private static ToolReport Ok => new(ToolResult.Ok, TimeSpan.FromMilliseconds(1));

    private async Task FloodAsync(Func<Task> call, string action)
    {
        for (var i = 0; i < Most; i++)
        {
            await call();
        }

        var refused = await Refused.WithAsync(VaultErrorCode.RateLimited, call);
        Assert.Equal(60L, refused.Context!["retry_after"]);
        for (var i = 0; i < 500; i++)
        {
            await Refused.WithAsync(VaultErrorCode.RateLimited, call);
        }

        var entries = await _test.Vault.Audit.ReadAsync(_test.Operator, new AuditQuery { Action = action }).ToListAsync();
        Assert.Equal(Most, entries.Count(entry => entry.Outcome == AuditOutcome.Allowed));
        Assert.InRange(entries.Count(entry => entry.Outcome == AuditOutcome.Denied), 1, new VaultOptions().MaxRecordedPerMinute + 2);

        // Another agent is let, and a minute later so is this one.
        var bot = _bot;
        _bot = (await _test.SignInAsync("other")).Caller;
        await call();
        _bot = bot;
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        await call();
    }
}
