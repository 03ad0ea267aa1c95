using System.Text.Json.Nodes;
using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>How much of a response over HTTP/2 a service can have lie in the daemon's memory, unread.</summary>
[Collection(nameof(RequestVault))]
public sealed class Http2WindowTests(RequestVault vault)
{
    private const int Most = 256 * 1024, Body = 2 * 1024 * 1024;

    [Fact]
    public async Task A_service_that_seems_far_away_gets_no_more_room()
    {
        var room = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = RawUpstream.StartHttp2(vault.Authority, async http =>
        {
            http.Late = TimeSpan.FromMilliseconds(300);
            if (await http.NextAsync() is { } stream)
            {
                await http.SendHeadersAsync(stream, end: false, (":status", "200"), ("content-type", "text/plain"));
                room.SetResult(await http.FloodAsync(stream, Body));
                await http.NextAsync();
            }
        });
        await vault.Home.StoreAsync("service/flood", RequestVault.Secret, "--allow-origin", service.Origin);
        using var wire = await vault.SignInAsync(RequestVault.Agent);
        var response = await wire.DoAsync("use", new JsonObject
        {
            ["path"] = "service/flood", ["operation"] = "http_request",
            ["params"] = new JsonObject { ["method"] = "GET", ["url"] = $"{service.Origin}/", ["header_type"] = "bearer" },
        });
        Assert.Equal(Body, ((string)response["body"]!).Length);
        Assert.InRange(await room.Task, 1, Most);
    }
}
