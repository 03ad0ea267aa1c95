using System.Text;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A request that a human has to approve: this very one, once, and nothing before that.</summary>
public sealed class RequestApprovalTests : IAsyncLifetime
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    private TestVault Test => _outside.Test;

    private OutgoingCall Payment => new($"{_upstream.Origin}/ok/pay?to=a", "POST") { Body = "pay 10", Headers = [("X-Mine", "1"), ("Accept", "text/plain")] };

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(vault: it => it with { ApprovalWait = Wait }, allow: false);
        await Test.AllowAsync(PolicyActions.Use, name: "ask", conditions: new() { RequireApproval = true });
        _upstream = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin, $"http://localhost:{_upstream.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task It_is_held_while_a_human_looks_and_goes_on_when_they_approve()
    {
        var (call, asked) = await AskAsync(Payment);
        Assert.Equal($"POST {_upstream.Origin}/ok/pay", asked.Summary);
        Test.Time.Advance(Wait - TimeSpan.FromMilliseconds(1));
        Assert.False(call.IsCompleted);
        Assert.Equal(0, _upstream.Connections);
        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        Assert.Equal("ok", Outside.Text(await call.InTime()));
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task When_nobody_looks_it_is_told_so_and_may_ask_again()
    {
        var (call, asked) = await AskAsync(Payment);
        Test.Time.Advance(Wait);
        var refused = await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => call.InTime());
        Assert.Equal(asked.Id, refused.Context!["approval_id"]);
        Assert.Equal(0, _upstream.Connections);

        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        await _outside.SendAsync(Payment).InTime();
        var (again, askedAgain) = await AskAsync(Payment);
        Assert.NotEqual(asked.Id, askedAgain.Id);
        Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => again.InTime());
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task One_of_two_calls_that_wait_for_one_approval_goes()
    {
        var (first, asked) = await AskAsync(Payment);
        var (second, _) = await AskAsync(Payment);
        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        var outcomes = await Task.WhenAll(
            Record.ExceptionAsync(() => first.InTime()).AsTask(), Record.ExceptionAsync(() => second.InTime()).AsTask());
        Assert.Equal(VaultErrorCode.ApprovalRequired, Assert.IsType<VaultException>(Assert.Single(outcomes, outcome => outcome is not null)).Code);
        Assert.Single(_upstream.Requests);
    }

    public static TheoryData<string> Others => ["method", "host", "path", "query", "body", "no body", "header", "another header", "no header", "injection"];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Another_request_is_not_the_one_that_was_approved(string what)
    {
        await ApproveAsync(Payment);
        var other = what switch
        {
            "method" => Payment with { Method = "PUT" },
            "host" => Payment with { Url = Payment.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) },
            "path" => Payment with { Url = Payment.Url.Replace("/pay", "/Pay", StringComparison.Ordinal) },
            "query" => Payment with { Url = Payment.Url.Replace("to=a", "to=b", StringComparison.Ordinal) },
            "body" => Payment with { Body = "pay 1000" },
            "no body" => Payment with { Body = null },
            "header" => Payment with { Headers = [("X-Mine", "2"), ("Accept", "text/plain")] },
            "another header" => Payment with { Headers = [.. Payment.Headers, ("X-More", "1")] },
            "no header" => Payment with { Headers = [("Accept", "text/plain")] },
            _ => Payment with { HeaderType = "api_key" },
        };
        await NotApprovedAsync(other);
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task The_same_request_in_another_spelling_is_the_same()
    {
        await ApproveAsync(Payment);
        await _outside.SendAsync(Payment with
        {
            Url = Payment.Url.Replace("http:", "HTTP:", StringComparison.Ordinal),
            Body = null,
            BodyBytes = Encoding.ASCII.GetBytes(Payment.Body!),
            Headers = [.. Payment.Headers.Reverse()],
        });
        Assert.Single(_upstream.Requests);
    }

    // If a body were written into the digest as headers are, it could be made to look like one.
    [Fact]
    public async Task A_body_that_is_made_up_like_a_header_is_not_one()
    {
        byte[] madeUp = [5, 0, 0, 0, .. "value"u8, 0, 0, 0, 0];
        var approved = new OutgoingCall($"{_upstream.Origin}/ok", "POST") { BodyBytes = madeUp };
        await ApproveAsync(approved);
        await NotApprovedAsync(new OutgoingCall($"{_upstream.Origin}/ok", "POST") { Headers = [("body", "value")] });
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Denied_stays_denied_and_ends_the_waiting()
    {
        var (call, asked) = await AskAsync(Payment);
        await Test.Vault.Approvals.DenyAsync(Test.Operator, asked.Id);
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        await _outside.RefusedAsync(VaultErrorCode.AccessDenied, Payment);
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task What_is_taken_away_while_it_waits_is_gone_when_it_is_approved()
    {
        var (call, asked) = await AskAsync(Payment);
        await _outside.StoreAsync(new() { AllowedOrigins = [], Hosts = ["other.example.test"] });
        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => call.InTime());

        await _outside.AllowOriginsAsync(_upstream.Origin);
        (call, asked) = await AskAsync(Payment);
        await Test.Vault.Policies.RemoveAsync(Test.Operator, "ask");
        if ((await Test.Vault.Approvals.ListAsync(Test.Operator)).Count > 0)
        {
            await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        }

        Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Sealing_waits_for_no_human()
    {
        var (call, _) = await AskAsync(Payment);
        await Test.SealAsync().InTime();
        var refused = await Assert.ThrowsAsync<VaultException>(() => call.InTime());
        Assert.True(refused.Code is VaultErrorCode.VaultLocked or VaultErrorCode.ApprovalRequired, refused.ToString());
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task A_caller_who_left_sends_nothing_when_it_is_approved_after_that()
    {
        using var cancel = new CancellationTokenSource();
        var call = _outside.SendAsync(Payment, cancellationToken: cancel.Token);
        var asked = Assert.Single(await Test.Vault.Approvals.ListAsync(Test.Operator));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => call.InTime());
        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id);
        Assert.Equal(0, _upstream.Connections);
        await _outside.SendAsync(Payment).InTime();
        Assert.Single(_upstream.Requests);
    }

    // Everything up to the waiting happens in the call itself: when it returns, the human has been asked.
    private async Task<(Task<HttpRequestResult> Call, PendingApproval Asked)> AskAsync(OutgoingCall call)
    {
        var running = _outside.SendAsync(call);
        return (running, Assert.Single(await Test.Vault.Approvals.ListAsync(Test.Operator)));
    }

    private async Task ApproveAsync(OutgoingCall call)
    {
        var (running, asked) = await AskAsync(call);
        Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => running.InTime());
        await Test.Vault.Approvals.ApproveAsync(Test.Operator, asked.Id, TimeSpan.FromHours(1));
    }

    private async Task NotApprovedAsync(OutgoingCall call)
    {
        var running = _outside.SendAsync(call);
        Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => running.InTime());
    }
}
