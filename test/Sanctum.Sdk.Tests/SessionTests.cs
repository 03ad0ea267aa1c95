using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Admin;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>A program's requests go on when its session or its run no longer suffices, and each is sent once.</summary>
public sealed class SessionTests
{
    // The program's clock stands still meanwhile, as one does while a machine sleeps.
    [Fact]
    public async Task A_session_that_is_over_is_renewed_for_the_next_request_whatever_its_body()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var vault = new SdkVault { Time = time };
        await vault.InitializeAsync();
        try
        {
            using var http = vault.Through("openai/key");
            Assert.Equal("ok", await http.GetStringAsync($"{vault.Streams.Origin}/ok"));
            await EndSessionAsync(time);
            Assert.Equal("ok", await http.GetStringAsync($"{vault.Streams.Origin}/ok"));
            Assert.Equal(2, vault.Streams.Requests.Count);

            await EndSessionAsync(time);
            using var streamed = await http.PostAsync($"{vault.Streams.Origin}/upload", new StreamContent(new MadeStream(1_000_000)));
            Assert.Equal("1000000 chunked Bearer [REDACTED]", await streamed.Content.ReadAsStringAsync());

            await EndSessionAsync(time);
            using var called = await vault.Client.SendAsync("openai/key", new(HttpMethod.Get, $"{vault.Service.Origin}/ok/called"));
            Assert.Equal("ok", await called.Content.ReadAsStringAsync());
            Assert.Single(vault.Service.Requests);
        }
        finally
        {
            await vault.DisposeAsync();
        }
    }

    // The tunnels of a session end with it. A request that meets one just then has an unknown outcome, and is not what this is about.
    private static async Task EndSessionAsync(FakeTimeProvider time)
    {
        time.Advance(TimeSpan.FromHours(2));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
    }

    // A run's authority is for the hosts of its credential as they were: for another it needs another run.
    [Fact]
    public async Task A_host_that_the_credential_is_bound_to_later_is_reached_by_another_run()
    {
        await using var later = await TestUpstream.StartAsync();
        var vault = new SdkVault();
        await vault.InitializeAsync();
        try
        {
            using var http = vault.Through("github/token");
            Assert.Equal("ok", await http.GetStringAsync($"{vault.Service.Origin}/ok/before"));
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync($"{later.OriginAs("localhost")}/ok/refused"));
            await using (var by = await vault.OperatorAsync())
            {
                await by.StoreAsync(new StoreRequest("github/token", Encoding.UTF8.GetBytes(SdkVault.Secret), AllowedOrigins: [vault.Service.Origin, later.OriginAs("localhost")], HeaderType: "bearer"));
            }

            Assert.Equal("ok", await http.GetStringAsync($"{later.OriginAs("localhost")}/ok/after"));
            Assert.Equal("/ok/after", Assert.Single(later.Requests).Target);
        }
        finally
        {
            await vault.DisposeAsync();
        }
    }
}
