using System.Text;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>A call's parameters are bytes until it has been decided that it may be made, and the caller's memory is not held on to.</summary>
public sealed class CallParametersTests : IAsyncLifetime
{
    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");
    private TestVault _test = null!;
    private Session _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { ApprovalWait = TimeSpan.FromMinutes(1) });
        _bot = await _test.SignInAsync("bot");
        await _test.StoreAsync("a/b", "a secret of more than sixteen bytes");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData("sign")]
    [InlineData("http_request")]
    [InlineData("no_such_operation")]
    public async Task Who_may_not_use_the_credential_is_told_so_and_nothing_is_made_of_what_was_sent(string operation)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"method":"GET","url":"https://example.org/","body":"{{new string('x', 4_000_000)}}","list":[{{string.Join(',', Enumerable.Repeat("0", 1_000_000))}}]}""");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.Vault.UseUtf8Async(_bot.Caller, Path, operation, "{}"u8.ToArray()));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var running = _test.Vault.UseUtf8Async(_bot.Caller, Path, operation, json);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => running);
        Assert.True(allocated < 256 * 1024, $"{allocated} bytes were allocated for a call that was refused");
    }

    [Fact]
    public async Task Its_memory_is_the_callers_again_as_soon_as_the_call_is_under_way()
    {
        await _test.AllowAsync(PolicyActions.Use, conditions: PolicyConditions.None with { RequireApproval = true });
        var memory = Encoding.UTF8.GetBytes("""{"data":"one"}""");
        var running = _test.Vault.UseUtf8Async(_bot.Caller, Path, "sign", memory);
        Encoding.UTF8.GetBytes("""{"data":"two"}""", memory);

        var waiting = Assert.Single(await _test.Vault.Approvals.ListAsync(_test.Operator));
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, waiting.Id, TimeSpan.FromHours(1));

        var signed = Assert.IsType<SignResult>(await running);
        Assert.Equal(signed, await _test.UseAsync(_bot.Caller, "a/b", "sign", """{"data":"one"}"""));
    }

    [Theory]
    [InlineData("""{"data":"x","data":"y"}""")]
    [InlineData("""{"data":"x","d\u0061ta":"y"}""")]
    [InlineData("""{"data":"x","list":[{"a":1,"a":2}]}""")]
    [InlineData("""{"data":"x" """)]
    [InlineData("""{"data":nonsense}""")]
    [InlineData("[]")]
    public async Task What_is_malformed_is_refused_to_who_may_use_the_credential(string json)
    {
        await _test.AllowAsync(PolicyActions.Use);
        var refusal = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.UseUtf8Async(_bot.Caller, Path, "sign", Encoding.UTF8.GetBytes(json)));
        Assert.DoesNotContain("nonsense", refusal.ToString(), StringComparison.Ordinal);
        Assert.Equal(VaultErrorCode.InvalidParams, (await _test.AuditAsync())[^1].Reason);
    }

    [Fact]
    public async Task What_is_malformed_and_needs_an_approval_is_on_the_record()
    {
        await using var test = await TestVault.CreateAsync();
        var bot = await test.SignInAsync("bot");
        await test.StoreAsync("a/b");
        await test.AllowAsync(PolicyActions.Use, conditions: PolicyConditions.None with { RequireApproval = true });
        foreach (var operation in new[] { "sign", "http_request" })
        {
            await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => test.Vault.UseUtf8Async(bot.Caller, Path, operation, """{"data":"x","data":"y"}"""u8.ToArray()));
            Assert.Equal(VaultErrorCode.ApprovalRequired, (await test.AuditAsync())[^1].Reason);
        }
    }

    // Where a request goes is read before the decision, all else after it. The two must never find another place.
    [Theory]
    [InlineData("""{"method":"GET","url":"https://a.example/","url":"https://b.example/"}""")]
    [InlineData("""{"method":"GET","url":"https://a.example/","u\u0072l":"https://b.example/"}""")]
    [InlineData("""{"method":"GET","method":"POST","url":"https://a.example/"}""")]
    [InlineData("""{"method":"GET","url":null}""")]
    [InlineData("""{"method":"GET","url":["https://a.example/"]}""")]
    [InlineData("""{"method":"GET","headers":{"url":"https://a.example/"}}""")]
    [InlineData("""{"method":"GET"}""")]
    public async Task A_request_that_goes_to_no_one_place_goes_nowhere(string json)
    {
        await _test.AllowAsync(PolicyActions.Use);
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.UseUtf8Async(_bot.Caller, Path, "http_request", Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("""{"url":"https://b.example/x","method":"GET","headers":{"url":"https://a.example/"}}""")]
    [InlineData("""{"u\u0072l":"https://b.ex\u0061mple/x","m\u0065thod":"GET"}""")]
    public async Task Where_a_request_goes_is_what_is_decided_on_however_it_is_written(string json)
    {
        await _test.AllowAsync(PolicyActions.Use, conditions: PolicyConditions.None with { AllowedDomains = ["a.example"] });
        var refusal = await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _test.Vault.UseUtf8Async(_bot.Caller, Path, "http_request", Encoding.UTF8.GetBytes(json)));
        Assert.Contains("GET to b.example", refusal.Message, StringComparison.Ordinal);
    }
}
