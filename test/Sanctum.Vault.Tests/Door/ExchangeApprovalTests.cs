using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Egress.Receiving;
using Sanctum.Policies;
using Sanctum.Tests.Egress;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Door;

/// <summary>A request that is sent as it comes, and that a human has to approve: this very one, and its body is read before they look.</summary>
public sealed class ExchangeApprovalTests : IAsyncLifetime
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(5);

    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { MaxConcurrentPerAgent = 2, StillTimeout = Still }, it => it with { ApprovalWait = Wait }, allow: false);
        await _outside.Test.AllowAsync(PolicyActions.Use, name: "ask", conditions: new() { RequireApproval = true });
        _upstream = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public static TheoryData<string, byte[]> MadeUp => new()
    {
        { "Zz-Note", [7, 0, 0, 0, .. "zz-note"u8, 1, 0, 0, 0, .. "v"u8, .. "pay 10"u8] },
        { "Z", [0, 0, 0, .. "z"u8, 1, 0, 0, 0, .. "v"u8, 1, .. "pay 10"u8] },
    };

    [Theory]
    [MemberData(nameof(MadeUp))]
    public async Task A_body_that_is_made_up_like_a_header_is_not_one(string name, byte[] body)
    {
        await ApproveAsync(() => SendAsync("POST", "pay 10"u8.ToArray(), headers: [KeyValuePair.Create(name, "v")]));
        await NotApprovedAsync(() => SendAsync("POST", body));
        Assert.Equal(0, _upstream.Connections);
    }

    [Theory]
    [MemberData(nameof(MadeUp))]
    public async Task A_header_that_is_made_up_like_a_body_is_not_one(string name, byte[] body)
    {
        await ApproveAsync(() => SendAsync("POST", body));
        await NotApprovedAsync(() => SendAsync("POST", "pay 10"u8.ToArray(), headers: [KeyValuePair.Create(name, "v")]));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task A_request_without_a_body_is_not_one_with_an_empty_body()
    {
        await ApproveAsync(() => SendAsync("POST", (byte[]?)null));
        await NotApprovedAsync(() => SendAsync("POST", []));
        Assert.Equal(0, _upstream.Connections);
    }

    // A WebSocket goes on for as long as it likes, with messages that nobody has seen.
    [Fact]
    public async Task A_request_that_was_approved_opens_no_socket()
    {
        await ApproveAsync(() => SendAsync("GET", (byte[]?)null));
        await NotApprovedAsync(() => SendAsync("GET", (byte[]?)null, isForSocket: true));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task The_request_that_was_approved_is_sent_once()
    {
        await ApproveAsync(() => SendAsync("POST", "pay 10"u8.ToArray(), headers: [KeyValuePair.Create("Zz-Note", "v")]));
        await using (await SendAsync("POST", "pay 10"u8.ToArray(), headers: [KeyValuePair.Create("Zz-Note", "v")]).InTime())
        {
        }

        Assert.Equal("pay 10", Encoding.ASCII.GetString(Assert.Single(_upstream.Requests).Body));
        await NotApprovedAsync(() => SendAsync("POST", "pay 10"u8.ToArray(), headers: [KeyValuePair.Create("Zz-Note", "v")]));
    }

    [Fact]
    public async Task A_body_that_never_comes_is_not_waited_for()
    {
        using var body = new PipedStream();
        var sending = SendAsync("POST", body);
        await body.WriteAsync("the beginning"u8.ToArray());
        _outside.Test.Time.Advance(Still + TimeSpan.FromSeconds(1));
        var refused = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => sending.InTime());
        Assert.Equal("body", refused.Context!["member"]);
        var entry = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Failed, VaultErrorCode.InvalidParams, Outside.Path, "test"), (entry.Outcome, entry.Reason, entry.Resource, entry.Details!["way"]));
        Assert.Empty(await _outside.Test.Vault.Approvals.ListAsync(_outside.Test.Operator));
    }

    [Fact]
    public async Task A_body_that_is_signed_and_never_comes_is_not_waited_for_either()
    {
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "ask");
        await _outside.Test.AllowAsync(PolicyActions.Use, name: "use");
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "aws_sigv4:eu-west-1/s3" }, "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        using var body = new PipedStream();
        var sending = SendAsync("PUT", body);
        _outside.Test.Time.Advance(Still + TimeSpan.FromSeconds(1));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => sending.InTime());
    }

    [Fact]
    public async Task A_body_that_comes_slowly_is_waited_for()
    {
        using var slow = new SlowStream(_outside.Test.Time, pieces: 10);
        await ApproveAsync(() => SendAsync("POST", slow));
    }

    [Fact]
    public async Task Bodies_that_never_come_have_their_agents_places_and_give_them_back()
    {
        using var first = new PipedStream();
        using var second = new PipedStream();
        Task<HttpExchange>[] waiting = [SendAsync("POST", first), SendAsync("POST", second)];
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => SendAsync("POST", "pay 10"u8.ToArray()).InTime());
        _outside.Test.Time.Advance(Still + TimeSpan.FromSeconds(1));
        foreach (var sending in waiting)
        {
            await Refused.WithAsync(VaultErrorCode.InvalidParams, () => sending.InTime());
        }

        for (var i = 0; i < 3; i++)
        {
            await ApproveAsync(() => SendAsync("POST", "pay 10"u8.ToArray()));
            await using var exchange = await SendAsync("POST", "pay 10"u8.ToArray()).InTime();
        }
    }

    private async Task ApproveAsync(Func<Task<HttpExchange>> send)
    {
        var running = send();
        var asked = Assert.Single(await _outside.Test.Vault.Approvals.ListAsync(_outside.Test.Operator));
        _outside.Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => running.InTime());
        await _outside.Test.Vault.Approvals.ApproveAsync(_outside.Test.Operator, asked.Id);
    }

    private async Task NotApprovedAsync(Func<Task<HttpExchange>> send)
    {
        var running = send();
        _outside.Test.Time.Advance(Wait);
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => running.InTime());
    }

    private Task<HttpExchange> SendAsync(string method, byte[]? body, bool isForSocket = false, params KeyValuePair<string, string>[] headers) =>
        SendAsync(method, body is null ? null : new MemoryStream(body), isForSocket, headers);

    private Task<HttpExchange> SendAsync(string method, Stream? body, bool isForSocket = false, params KeyValuePair<string, string>[] headers) =>
        _outside.Test.Vault.SendAsync(_outside.Bot, new HttpCall
        {
            Path = CredentialPath.Parse(Outside.Path),
            Method = method,
            Url = $"{_upstream.Origin}/ok",
            Headers = headers,
            Body = body,
            IsForSocket = isForSocket,
            Way = "test",
        });

    // Each piece comes just before it would be too late.
    private sealed class SlowStream(FakeTimeProvider time, int pieces) : ReadOnlyStream
    {
        private int _left = pieces;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            time.Advance(Still - TimeSpan.FromSeconds(1));
            cancellationToken.ThrowIfCancellationRequested();
            return new(_left-- > 0 ? 1 : 0);
        }
    }
}
