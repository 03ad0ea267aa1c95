using System.Text;
using System.Threading.Channels;
using Sanctum.Protocol;

namespace Sanctum.Sdk.Tests;

/// <summary>What <c>SanctumClient.SendAsync</c> sends through a real daemon streams in both directions, and fails with the vault's own errors.</summary>
public sealed class SendTests(SdkVault vault) : IClassFixture<SdkVault>
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task An_event_is_read_before_the_next_is_sent()
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var response = await vault.Client.SendAsync("openai/key", new(HttpMethod.Get, $"{vault.Streams.Origin}/events"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            words.Writer.TryWrite($"{{{i}}}");
            Assert.Equal($"data: {{{i}}}", await reader.ReadLineAsync());
            Assert.Equal("", await reader.ReadLineAsync());
        }

        words.Writer.Complete();
        Assert.Null(await reader.ReadLineAsync());
    }

    [Fact]
    public async Task An_upload_larger_than_any_call_is_sent_as_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{vault.Streams.Origin}/upload") { Content = new StreamContent(new MadeStream(64L * Mebibyte)) };
        using var response = await vault.Client.SendAsync("openai/key", request);
        Assert.Equal($"{64L * Mebibyte} chunked Bearer [REDACTED]", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_secret_goes_into_the_path_and_the_query_as_the_operator_has_it()
    {
        using var response = await vault.Client.SendAsync("google/key", new(HttpMethod.Get, $"{vault.Service.Origin}/ok/in-the-query?a=1"));
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.Contains(vault.Service.Requests, it => it.Target == $"/ok/in-the-query?a=1&key={SdkVault.Secret}");
    }

    [Fact]
    public async Task What_is_refused_has_the_code_and_nothing_is_sent()
    {
        Assert.Equal(ErrorCode.EgressDenied, await CodeAsync("openai/key", new(HttpMethod.Get, "https://elsewhere.example/")));
        Assert.Equal(ErrorCode.CredentialNotFound, await CodeAsync("no/such", new(HttpMethod.Get, $"{vault.Streams.Origin}/ok")));
        using var own = new HttpRequestMessage(HttpMethod.Get, $"{vault.Service.Origin}/ok/refused");
        own.Headers.Add("Authorization", "Bearer mine");
        Assert.Equal(ErrorCode.InvalidParams, await CodeAsync("openai/key", own));
        using var guess = new HttpRequestMessage(HttpMethod.Post, $"{vault.Service.Origin}/ok/refused") { Content = new StringContent($"is it {SdkVault.Secret}?", Encoding.ASCII) };
        Assert.Equal(ErrorCode.EgressDenied, await CodeAsync("openai/key", guess));
        Assert.DoesNotContain(vault.Service.Requests, it => it.Target == "/ok/refused");
    }

    [Fact]
    public async Task A_body_that_ends_early_is_not_taken_for_the_whole()
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var response = await vault.Client.SendAsync("openai/key", new(HttpMethod.Get, $"{vault.Streams.Origin}/events"));
        words.Writer.Complete(new IOException("broken off"));
        Assert.IsAssignableFrom<IOException>((await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync())).InnerException);
    }

    private async Task<string> CodeAsync(string path, HttpRequestMessage request) =>
        (await Assert.ThrowsAnyAsync<Client.VaultException>(() => vault.Client.SendAsync(path, request))).Code;
}
