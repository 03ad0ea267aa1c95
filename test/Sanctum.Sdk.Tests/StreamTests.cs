using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using Sanctum.Client;
using Sanctum.Sdk.Program;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>What an HttpClient sends through the handler streams in both directions.</summary>
public sealed class StreamTests(SdkVault vault) : IClassFixture<SdkVault>
{
    private const int Mebibyte = 1024 * 1024;

    // The target is 50 ms. The best of some counts: other tests have the processors too.
    private static readonly TimeSpan FirstEvent = TimeSpan.FromMilliseconds(50);

    // A letter or digit at its end would be held back until the next came: it could begin the secret in base64.
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Each_event_arrives_at_once_and_before_the_next_is_sent(string version)
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var http = vault.Through("openai/key");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{vault.Streams.Origin}/events") { Version = new(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(new Version(version), response.Version);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 20; i++)
        {
            words.Writer.TryWrite("{\"word\":" + i + "}");
            Assert.Equal("data: {\"word\":" + i + "}", await reader.ReadLineAsync());
            best = new[] { best, Stopwatch.GetElapsedTime(vault.Streams.SaidAt) }.Min();
            Assert.Equal("", await reader.ReadLineAsync());
        }

        Assert.InRange(best, TimeSpan.Zero, FirstEvent);
        words.Writer.Complete();
        Assert.Null(await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_download_is_read_as_it_comes_and_is_whole()
    {
        using var http = vault.Through("openai/key");
        await using var stream = await http.GetStreamAsync($"{vault.Streams.Origin}/download/64");
        var (buffer, total, block) = (new byte[64 * 1024], 0L, Filler.Text(64 * 1024));
        for (int count; (count = await stream.ReadAsync(buffer)) > 0; total += count)
        {
            var (at, length) = ((int)(total % block.Length), Math.Min(count, block.Length - (int)(total % block.Length)));
            Assert.True(buffer.AsSpan(0, length).SequenceEqual(block.AsSpan(at, length)), $"other bytes at {total}");
        }

        Assert.Equal(64L * Mebibyte, total);
    }

    [Theory]
    [InlineData("1.1", true)]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    public async Task An_upload_is_sent_as_it_is_read_whether_its_length_is_known_or_not(string version, bool isKnown)
    {
        using var http = vault.Through("openai/key");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{vault.Streams.Origin}/upload") { Version = new(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var made = new MadeStream(64L * Mebibyte);
        request.Content = new StreamContent(made);
        request.Content.Headers.ContentLength = isKnown ? made.Length : null;
        using var response = await http.SendAsync(request);
        Assert.Equal($"{64L * Mebibyte} {(isKnown ? 64L * Mebibyte : "chunked")} Bearer [REDACTED]", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Who_cancels_ends_the_request_at_the_service_and_the_next_is_sent()
    {
        vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var http = vault.Through("openai/key");
        using var leaving = new CancellationTokenSource();
        var waiting = http.GetAsync($"{vault.Streams.Origin}/events", leaving.Token);
        while (!waiting.IsCompleted && vault.Streams.Requests.All(it => it.Path != "/events"))
        {
            await Task.Delay(10);
        }

        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        Assert.Equal("ok", await http.GetStringAsync($"{vault.Streams.Origin}/ok"));
    }

    [Fact]
    public async Task A_stream_ends_with_the_daemon_and_the_next_request_finds_the_one_after()
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var http = vault.Through("openai/key");
        await using var stream = await http.GetStreamAsync($"{vault.Streams.Origin}/events");
        using var reader = new StreamReader(stream);
        words.Writer.TryWrite("{}");
        Assert.Equal("data: {}", await reader.ReadLineAsync());

        await vault.RestartAsync();

        // What ended early is not taken for the whole.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync() is not null)
            {
            }
        });
        Assert.Equal("ok", await http.GetStringAsync($"{vault.Streams.Origin}/ok"));
    }

    [Fact]
    public async Task A_service_that_is_silent_for_too_long_is_no_reply()
    {
        using var http = vault.Through("openai/key", new() { Timeout = TimeSpan.FromMilliseconds(200) });
        var late = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync($"{vault.Service.Origin}/slow/never"));
        Assert.IsType<OutcomeUnknownException>(late.InnerException);
    }

    [Fact]
    public async Task The_OpenAI_package_streams_through_the_handler()
    {
        using var http = vault.Through("openai/key");
        await StreamsAsync(Models.OpenAIAsync(vault.Streams.Origin, SdkVault.Placeholder, http), "Bearer [REDACTED]");
    }

    [Fact]
    public async Task The_Anthropic_package_streams_through_the_handler()
    {
        using var http = vault.Through("anthropic/key");
        await StreamsAsync(Models.AnthropicAsync(vault.Streams.Origin, SdkVault.Placeholder, http), "[REDACTED]");
    }

    [Fact]
    public async Task A_gRPC_service_is_called_both_ways_and_gives_the_secret_back_in_marks_of_its_length()
    {
        using var channel = Echo.Open(vault.Streams.Origin, new SanctumHttpHandler(vault.Client, "openai/key"));
        var (text, trailer) = await Echo.SayAsync(channel, SdkVault.Placeholder, "{one}");
        var said = text[..^" {one}".Length];
        Assert.Equal(("Bearer ", $"Bearer {SdkVault.Secret}".Length), (said[..7], said.Length));
        Assert.DoesNotContain(SdkVault.Secret, text + trailer, StringComparison.Ordinal);
        Assert.StartsWith("Bearer ", trailer, StringComparison.Ordinal);

        List<string> talked = [];
        await foreach (var piece in Echo.TalkAsync(channel, SdkVault.Placeholder, ["two", "{three}"]))
        {
            talked.Add(piece);
        }

        Assert.Equal([said + " two", said + " {three}", trailer!], talked);
        Assert.Contains(vault.Streams.Requests, it => it == ("/test.Echo/Talk", "HTTP/2", $"Bearer {SdkVault.Secret}"));
    }

    [Fact]
    public async Task A_refusal_is_a_status_of_gRPC()
    {
        using var channel = Echo.Open("https://elsewhere.example", new SanctumHttpHandler(vault.Client, "openai/key"));
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Echo.SayAsync(channel, SdkVault.Placeholder, "one"));
        Assert.Contains("EGRESS_DENIED", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task StreamsAsync(IAsyncEnumerable<string> pieces, string redacted)
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        words.Writer.TryWrite("one");
        List<string> heard = [];
        await foreach (var piece in pieces)
        {
            heard.Add(piece);
            _ = heard.Count == 1 ? words.Writer.TryWrite("two") : words.Writer.TryComplete();
        }

        Assert.Equal([$"one {redacted}", $"two {redacted}"], heard);
        Assert.Contains(SdkVault.Secret, vault.Streams.Requests.Last().Key, StringComparison.Ordinal);
    }
}
