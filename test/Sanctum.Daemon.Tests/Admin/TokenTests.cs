using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

public sealed class TokenTests
{
    [Fact]
    public async Task Being_the_same_user_is_not_enough()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);

        foreach (var endpoint in AdminEndpoints.All.Where(endpoint => endpoint.NeedsToken(isSealed: false)))
        {
            Assert.Equal(401, (await http.PostAsync(endpoint.Path, "{}")).Status);
            Assert.Equal(401, (await http.PostAsync(endpoint.Path, "{}", token: "")).Status);
            Assert.Equal(401, (await http.PostAsync(endpoint.Path, "{}", token: new string('0', 64))).Status);
        }

        // What does without one is short, and every item of it proves the passphrase, tells little, or stops a sealed daemon or its seal providers only.
        Assert.Equal(
            ["/v1/login", "/v1/nodes", "/v1/seal", "/v1/status", "/v1/stop", "/v1/unseal"],
            AdminEndpoints.All.Where(endpoint => !endpoint.NeedsToken(isSealed: true)).Select(endpoint => endpoint.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_token_is_good_for_fifteen_minutes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        using var admin = vault.Admin();
        var login = await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray());
        await using var api = admin.Connect(login.Token);

        Assert.Equal(time.GetUtcNow() + TimeSpan.FromMinutes(15), login.ExpiresAt);
        Assert.DoesNotContain(login.Token, login.ToString(), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(14.9));
        await api.ListAgentsAsync();
        time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => api.ListAgentsAsync())).Code);
    }

    [Fact]
    public async Task Whoever_logs_in_too_often_ends_the_oldest_token_and_is_not_locked_out()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var tokens = new List<string>();
        for (var i = 0; i <= OperatorTokens.Most; i++)
        {
            tokens.Add((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        }

        Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => admin.Connect(tokens[0]).ListAgentsAsync())).Code);
        foreach (var token in (string[])[tokens[1], tokens[^1]])
        {
            await using var api = admin.Connect(token);
            await api.ListAgentsAsync();
        }
    }

    [Fact]
    public async Task No_token_outlives_a_seal()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;

        await admin.SealAsync(token);
        await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());

        Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => admin.Connect(token).ListAgentsAsync())).Code);
    }

    [Fact]
    public async Task Guessing_is_slow_and_gets_slower_up_to_a_bound()
    {
        var time = new WaitedTime();
        using var gate = new PassphraseGate(time);
        var waits = new List<double>();

        for (var i = 0; i < 8; i++)
        {
            var trying = gate.TryAsync<bool>(default, () => throw new OperatorException("AUTH_FAILED", "wrong"), default);
            waits.Add(await time.PassAsync(trying));
            Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => trying)).Code);
        }

        Assert.Equal([0, 0.25, 0.5, 1, 2, 4, 8, 8], waits);
    }

    [Fact]
    public async Task Passphrases_are_tried_one_at_a_time_and_few_may_wait()
    {
        using var gate = new PassphraseGate(TimeProvider.System);
        var first = new TaskCompletionSource<bool>();
        var running = 0;
        var most = 0;

        var trying = Enumerable.Range(0, 4).Select(_ => gate.TryAsync(
            default,
            async () =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await first.Task;
                return Interlocked.Decrement(ref running) == 0;
            },
            default)).ToList();
        var refused = await Assert.ThrowsAsync<OperatorException>(() => gate.TryAsync(default, () => Task.FromResult(true), default));
        first.SetResult(true);
        await Task.WhenAll(trying);

        Assert.Equal("RATE_LIMITED", refused.Code);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Whoever_has_proved_the_passphrase_gets_in_past_guessers_that_hold_all_places()
    {
        using var gate = new PassphraseGate(TimeProvider.System);
        OperatorPeer Peer(int process) => new(new ProcessIdentity(process, 1), new ProcessIdentity(process + 1000, 1), null);
        Assert.True(await gate.TryAsync(Peer(10), () => Task.FromResult(true), default));

        var first = new TaskCompletionSource<bool>();
        var guessing = Enumerable.Range(0, 64).Select(number => gate.TryAsync(Peer(100 + (number / 4)), () => first.Task, default)).ToList();
        Assert.Equal("RATE_LIMITED", (await Assert.ThrowsAsync<OperatorException>(() => gate.TryAsync(Peer(500), () => Task.FromResult(true), default))).Code);
        var known = gate.TryAsync(Peer(10), () => Task.FromResult(true), default);
        first.SetResult(true);
        Assert.True(await known);
        await Task.WhenAll(guessing);
    }

    // A clock that passes as it is waited for, and no further.
    private sealed class WaitedTime : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Writer.TryWrite(dueTime);
            return timer;
        }

        /// <summary>Lets pass what somebody waits for until they are done.</summary>
        /// <returns>How long they have waited, in seconds.</returns>
        public async Task<double> PassAsync(Task done)
        {
            var waited = TimeSpan.Zero;
            while (await Task.WhenAny(done, _waits.Reader.WaitToReadAsync().AsTask()) != done && _waits.Reader.TryRead(out var wait))
            {
                waited += wait;
                Advance(wait);
            }

            return waited.TotalSeconds;
        }
    }
}
