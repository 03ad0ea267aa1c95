using System.Text;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>Bodies that an upstream does not read stay in memory for as long as their calls may take.</summary>
public sealed class RequestMemoryTests : IAsyncLifetime
{
    private const int Mebibyte = 1024 * 1024;

    private readonly TaskCompletionSource _over = new();
    private readonly SemaphoreSlim _begun = new(0);
    private Outside _outside = null!;
    private RawUpstream _deaf = null!;
    private TestUpstream _hearing = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { MaxRequestMemory = 32 * Mebibyte });
        _deaf = RawUpstream.Start(async connection =>
        {
            _begun.Release();
            await _over.Task;
        });
        _hearing = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_deaf.Origin, _hearing.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        await _outside.DisposeAsync();
        await _deaf.DisposeAsync();
        await _hearing.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_agents_bodies_hold_is_never_more_than_they_leave_to_the_others(bool asBytes)
    {
        var body = new string('x', 6 * Mebibyte);
        var call = new OutgoingCall(_deaf.Origin, "POST") { Body = asBytes ? null : body, BodyBytes = asBytes ? Encoding.ASCII.GetBytes(body) : null };
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        using var ending = new CancellationTokenSource();
        List<Task> sending = [];
        for (var i = 0; i < 2; i++)
        {
            sending.Add(_outside.SendAsync(call, cancellationToken: ending.Token));
            await _begun.WaitAsync(TestContext.Current.CancellationToken).InTime();
        }

        var limited = await _outside.RefusedAsync(VaultErrorCode.RateLimited, call);
        Assert.Contains("sending", limited.Message, StringComparison.Ordinal);
        sending.Add(_outside.SendAsync(call, other, ending.Token));
        await _begun.WaitAsync(TestContext.Current.CancellationToken).InTime();
        await ending.CancelAsync();
        foreach (var sent in sending)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent.InTime());
        }

        // It is given back.
        await _outside.SendAsync(call with { Url = $"{_hearing.Origin}/ok" });
    }
}
