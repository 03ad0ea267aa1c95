using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Receiving;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>
/// An agent with use alone sends many guesses, and a service echoes them: where [REDACTED] stands in the response was the right one. So what the agent sends
/// is searched first.
/// </summary>
public sealed class GuessTests : IAsyncLifetime
{
    private TestUpstream _upstream = null!;
    private Outside _outside = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.StartAsync();
        _outside = await Outside.CreateAsync(it => it with { MaxGuessesPerHour = 3 });
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_body_with_330000_guesses_gets_no_response_when_the_right_one_is_among_them()
    {
        const string secret = "winter042";
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, secret);
        var guesses = string.Join('\n', Enumerable.Range(0, 330_000).Select(i => i == 271_828 ? secret : string.Create(CultureInfo.InvariantCulture, $"guess{i:0000000}")));
        await _outside.RefusedAsync(VaultErrorCode.SecretInRequest, new($"{_upstream.Origin}/ok", "POST") { Body = guesses });
        Assert.Empty(_upstream.Requests);
        await _outside.SendAsync(new($"{_upstream.Origin}/ok", "POST") { Body = guesses.Replace(secret, "winter043", StringComparison.Ordinal) });
    }

    // Every spelling that is taken out of a response would tell.
    [Theory]
    [InlineData("/ok?q=", "sk-live%2F9fQ2%2Bx7ZtPqLw0%3D%3D")]
    [InlineData("/ok/", "sk-live/9fQ2+x7ZtPqLw0==")]
    [InlineData("/ok/", "SK-LIVE/9FQ2+X7ZTPQLW0==")]
    [InlineData("/ok?q=", "736b2d6c6976652f39665132")]
    public async Task A_guess_in_the_url_is_refused(string before, string guess)
    {
        guess = guess.StartsWith("736b", StringComparison.Ordinal) ? Convert.ToHexString(Encoding.ASCII.GetBytes(Outside.Secret)) : guess;
        await RefusedAsync(new($"{_upstream.Origin}{before}{guess}"));
    }

    // Letters are compared without their case, and a service that echoes the method answers.
    [Fact]
    public async Task A_guess_in_the_method_is_refused()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, "correcthorse");
        await RefusedAsync(new($"{_upstream.Origin}/ok", "CORRECTHORSE"));
        await _outside.SendAsync(new($"{_upstream.Origin}/ok", "CORRECTHORSF"));
    }

    [Fact]
    public async Task A_guess_in_a_header_is_refused_in_its_value_its_name_and_across_them()
    {
        await RefusedAsync(new($"{_upstream.Origin}/ok") { Headers = [("X-Note", $"is it {Outside.Secret}?")] });
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, "x-winter-042");
        await RefusedAsync(new($"{_upstream.Origin}/ok") { Headers = [("X-Winter-042", "")] });
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, "x-winter: 042");
        await RefusedAsync(new($"{_upstream.Origin}/ok") { Headers = [("X-Winter", "042")] });
    }

    // A service that echoes the headers that it was sent shows where in the name the secret stood. The operator's own choice is no guess.
    [Fact]
    public async Task A_guess_in_the_name_that_the_agent_chose_for_the_secrets_header_is_refused()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, "winter-042");
        var call = new OutgoingCall($"{_upstream.Origin}/ok") { HeaderType = "custom" };
        await RefusedAsync(call with { HeaderName = "X-Winter-041-Winter-042-Winter-043-Key" });
        await _outside.SendAsync(call with { HeaderName = "X-Winter-041-Winter-043-Key" });
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "custom:X-Winter-042-Key" }, "winter-042");
        await _outside.SendAsync(call with { HeaderName = "X-Winter-042-Key" });
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("gzip, br")]
    public async Task A_guess_in_a_body_is_refused_encoded_too(string? coding)
    {
        byte[] body = Encoding.UTF8.GetBytes($"{{\"guess\":\"{Outside.Secret}\"}}");
        foreach (var one in (coding ?? "").Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var output = new MemoryStream();
            using (Stream encoder = one == "br" ? new BrotliStream(output, CompressionLevel.Fastest) : new GZipStream(output, CompressionLevel.Fastest))
            {
                encoder.Write(body);
            }

            body = output.ToArray();
        }

        await RefusedAsync(new($"{_upstream.Origin}/ok", "POST") { BodyBytes = body, Headers = coding is null ? [] : [("Content-Encoding", coding)] });
    }

    [Theory]
    [InlineData("lzma")]
    [InlineData("gzip")]
    [InlineData("gzip, gzip, gzip, gzip")]
    public async Task A_body_that_can_not_be_searched_is_not_sent(string coding)
    {
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok", "POST") { Body = "plain", Headers = [("Content-Encoding", coding)] });
        Assert.Empty(_upstream.Requests);
    }

    // The secret is periodic: what stands beside it makes it come twice, overlapping.
    [Theory]
    [InlineData("/aaaa{secret}")]
    [InlineData("/{secret}aa")]
    [InlineData("/x?b=a", "query:key")]
    public async Task A_piece_beside_the_secret_in_the_url_is_a_guess_too(string target, string headerType = "path")
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = headerType }, "aaaaaaaaaaaa");
        var call = new OutgoingCall(_upstream.Origin + target);
        if (headerType == "path")
        {
            await RefusedAsync(call);
        }
        else
        {
            await _outside.SendAsync(call);
        }
    }

    [Fact]
    public async Task It_is_recorded_with_a_reason_of_its_own_and_not_with_the_secret()
    {
        await RefusedAsync(new($"{_upstream.Origin}/ok/{Outside.Secret}"));
        var entry = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Denied, VaultErrorCode.SecretInRequest, "1"), (entry.Outcome, entry.Reason!.Value, entry.Details!["guesses"]));
        Assert.DoesNotContain(Outside.Secret, string.Join(' ', entry.Details.Values), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task After_a_few_in_an_hour_the_agent_sends_nothing_with_that_credential()
    {
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin] }, "another-secret-entirely", "other/key");
        var innocent = new OutgoingCall($"{_upstream.Origin}/ok");
        for (var i = 0; i < 3; i++)
        {
            await _outside.SendAsync(innocent);
            await RefusedAsync(new($"{_upstream.Origin}/ok?q={Outside.Secret}"));
            _outside.Test.Time.Advance(TimeSpan.FromMinutes(10));
        }

        var limited = await _outside.RefusedAsync(VaultErrorCode.RateLimited, innocent);
        Assert.Equal(1800.0, Convert.ToDouble(limited.Context!["retry_after"], CultureInfo.InvariantCulture), 2.0);
        await _outside.RefusedAsync(VaultErrorCode.RateLimited, innocent, (await _outside.Test.SignInAsync("bot")).Caller);
        await _outside.SendAsync(innocent, other);
        await _outside.SendAsync(innocent with { With = "other/key" });
        _outside.Test.Time.Advance(TimeSpan.FromMinutes(31));
        _outside.Bot = (await _outside.Test.SignInAsync("bot")).Caller;
        await _outside.SendAsync(innocent);
        await RefusedAsync(new($"{_upstream.Origin}/ok?q={Outside.Secret}"));
        await _outside.RefusedAsync(VaultErrorCode.RateLimited, innocent);
    }

    // Each is let in before the first of them has been searched, so what is checked then does not count them.
    [Fact]
    public async Task Guesses_that_are_made_at_once_are_no_more_than_one_after_another()
    {
        var body = new string('.', 600_000) + Outside.Secret;
        var codes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
            (await Assert.ThrowsAsync<VaultException>(() => _outside.SendAsync(new($"{_upstream.Origin}/ok", "POST") { Body = body }))).Code)));
        Assert.Equal(3, codes.Count(code => code == VaultErrorCode.SecretInRequest));
        Assert.Equal(9, codes.Count(code => code == VaultErrorCode.RateLimited));
        Assert.Empty(_upstream.Requests);
    }

    // Otherwise its response would tell which of the guesses in it was right, after the agent has no guess left.
    [Fact]
    public async Task A_request_that_was_let_in_before_the_last_guess_is_refused_after_it()
    {
        var unsealed = _outside.Bot.Session.Unsealed;
        var over = new TaskCompletionSource();
        var others = Enumerable.Range(0, unsealed.Options.MaxHeavyOperations)
            .Select(_ => unsealed.Heavy.RunAsync(AgentName.Parse("other"), () => new ValueTask<bool>(over.Task.ContinueWith(_ => true, TaskScheduler.Default)), default).AsTask()).ToArray();
        var waiting = _outside.RefusedAsync(VaultErrorCode.RateLimited, new($"{_upstream.Origin}/waiting", "POST") { BodyBytes = Gzipped("innocent"), Headers = [("Content-Encoding", "gzip")] });
        for (var i = 0; i < 3; i++)
        {
            await RefusedAsync(new($"{_upstream.Origin}/ok?q={Outside.Secret}"));
        }

        Assert.False(waiting.IsCompleted);
        over.SetResult();
        await Task.WhenAll(others);
        await waiting;
        Assert.Empty(_upstream.Requests);
    }

    // An agent could take all processors otherwise, with bodies that a few kilobytes are decoded to.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_search_that_takes_long_waits_for_its_turn_and_no_short_one_waits_for_it(bool encoded)
    {
        var unsealed = _outside.Bot.Session.Unsealed;
        var over = new TaskCompletionSource();
        var others = Enumerable.Range(0, unsealed.Options.MaxHeavyOperations)
            .Select(_ => unsealed.Heavy.RunAsync(AgentName.Parse("other"), () => new ValueTask<bool>(over.Task.ContinueWith(_ => true, TaskScheduler.Default)), default).AsTask()).ToArray();
        var body = encoded ? Gzipped(new string('.', 1_000_000)) : Encoding.ASCII.GetBytes(new string('.', 100_000));
        var large = _outside.SendAsync(new($"{_upstream.Origin}/large", "POST") { BodyBytes = body, Headers = encoded ? [("Content-Encoding", "gzip")] : [] });
        for (var i = 0; i < 10; i++)
        {
            await _outside.SendAsync(new($"{_upstream.Origin}/small", "POST") { Body = "small" });
        }

        Assert.False(large.IsCompleted);
        Assert.All(_upstream.Requests, request => Assert.Equal("/small", request.Target));
        over.SetResult();
        await Task.WhenAll(others);
        await large;
    }

    [Fact]
    public async Task While_a_large_body_is_searched_others_get_their_turns_on_the_thread()
    {
        // Of the slowest kind.
        const int length = 1024 * 1024;
        var parameters = HttpRequestParameters.Read(new OutgoingCall($"{_upstream.Origin}/ok", "POST") { Body = new string('\\', length) }.ToJson());
        var memory = new MemoryBudget(new SharedMemory(64 * 1024 * 1024), "sending");
        using var request = new OutgoingRequest(parameters.Target, parameters.Headers);
        using var whole = new WholeBody(memory);
        whole.Take(parameters.Body);
        request.TakeBody(whole);
        request.Needles.Add(Encoding.ASCII.GetBytes(Outside.Secret));
        var turns = new CountedTurns();
        Assert.False(await turns.RunAsync(() => GuessSearch.HoldsAsync(request, parameters.Headers, memory, static () => default, default).AsTask()));
        Assert.InRange(turns.Count, 8, length);
    }

    // A few kilobytes that are decoded to the most that is decoded, all of it what escapes begin with.
    [Fact]
    public async Task While_one_agents_body_is_searched_for_long_another_agents_call_has_its_turn()
    {
        await using var outside = await Outside.CreateAsync(vault: it => it with { MaxHeavyOperations = 1 });
        await outside.AllowOriginsAsync(_upstream.Origin);
        var heavy = outside.Bot.Session.Unsealed.Heavy;
        var body = Gzipped(new string('%', (16 * 1024 * 1024) - 1));
        var clock = Stopwatch.StartNew();
        var searching = outside.SendAsync(new($"{_upstream.Origin}/large", "POST") { BodyBytes = body, Headers = [("Content-Encoding", "gzip")] });
        var longest = TimeSpan.Zero;
        while (!searching.IsCompleted)
        {
            var before = clock.Elapsed;
            await heavy.RunAsync(AgentName.Parse("other"), () => new ValueTask<bool>(true), default);
            var took = clock.Elapsed - before;
            longest = took > longest ? took : longest;
        }

        await searching;
        Assert.True(longest < clock.Elapsed / 3, $"it waited for {longest} of {clock.Elapsed}");
    }

    [Fact]
    public async Task Who_may_have_the_secret_has_no_need_to_guess_it()
    {
        await _outside.Test.AllowAsync(PolicyActions.Retrieve, name: "retrieve");
        for (var i = 0; i < 5; i++)
        {
            await _outside.SendAsync(new($"{_upstream.Origin}/ok?q={Outside.Secret}"));
        }
    }

    private static byte[] Gzipped(string text)
    {
        var output = new MemoryStream();
        using (var encoder = new GZipStream(output, CompressionLevel.Fastest))
        {
            encoder.Write(Encoding.ASCII.GetBytes(text));
        }

        return output.ToArray();
    }

    private async Task RefusedAsync(OutgoingCall call)
    {
        var before = _upstream.Requests.Count;
        var refused = await _outside.RefusedAsync(VaultErrorCode.SecretInRequest, call);
        Assert.DoesNotContain(Outside.Secret, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, _upstream.Requests.Count);
    }

    /// <summary>Counts how often work that began in it lets others have the thread.</summary>
    private sealed class CountedTurns : SynchronizationContext
    {
        private int _count;

        public int Count => _count;

        public Task<T> RunAsync<T>(Func<Task<T>> work) => Task.Run(() =>
        {
            SetSynchronizationContext(this);
            try
            {
                return work();
            }
            finally
            {
                SetSynchronizationContext(null);
            }
        });

        public override void Post(SendOrPostCallback callback, object? state)
        {
            Interlocked.Increment(ref _count);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                SetSynchronizationContext(this);
                try
                {
                    callback(state);
                }
                finally
                {
                    SetSynchronizationContext(null);
                }
            });
        }
    }
}
