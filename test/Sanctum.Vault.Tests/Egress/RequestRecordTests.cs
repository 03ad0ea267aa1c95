using System.Globalization;
using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Destinations;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A request is on the record before anybody outside can know of it, and its outcome says how it went and nothing that it carried.</summary>
public sealed class RequestRecordTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    private OpenStore Store => _outside.Test.Store;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host] });
        await _outside.AllowOriginsAsync(Origin);
    }

    public async ValueTask DisposeAsync()
    {
        Store.Committing = null;
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private string Origin => _upstream.OriginAs(Outside.Host);

    [Fact]
    public async Task The_decision_is_durable_before_anything_goes_out()
    {
        using var reached = new ManualResetEventSlim();
        using var open = new ManualResetEventSlim();
        Store.Committing = _ =>
        {
            reached.Set();
            open.Await();
        };
        var call = Task.Run(() => _outside.GetAsync($"{Origin}/ok"));
        reached.Await();
        Assert.Equal((0, 0), (_outside.Asked.Count, _upstream.Connections));
        Store.Committing = null;
        open.Set();
        await call.InTime();
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task What_can_not_be_recorded_is_not_sent()
    {
        Store.Committing = _ => throw new StoreException(StoreFailure.Full, "no space left");
        await Assert.ThrowsAsync<VaultException>(() => _outside.GetAsync($"{Origin}/ok"));
        Assert.Equal((0, 0), (_outside.Asked.Count, _upstream.Connections));
        Store.Committing = null;
        await _outside.GetAsync($"{Origin}/ok");
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task A_finding_is_durable_before_the_response_is_delivered()
    {
        using var reached = new ManualResetEventSlim();
        using var open = new ManualResetEventSlim();
        var commits = 0;
        Store.Committing = _ =>
        {
            if (++commits == 2)
            {
                reached.Set();
                open.Await();
            }
        };
        var call = Task.Run(() => _outside.GetAsync($"{Origin}/echo/headers"));
        reached.Await();
        Assert.Single(_upstream.Requests);
        Assert.False(call.IsCompleted);
        open.Set();
        Told.Nothing(await call.InTime());
    }

    [Fact]
    public async Task A_finding_that_can_not_be_recorded_keeps_the_response_from_being_delivered()
    {
        var commits = 0;
        Store.Committing = _ =>
        {
            if (++commits >= 2)
            {
                throw new StoreException(StoreFailure.Full, "no space left");
            }
        };
        await Assert.ThrowsAsync<VaultException>(() => _outside.GetAsync($"{Origin}/echo/headers"));
        Assert.Equal((1, 2), (_upstream.Requests.Count, commits));
    }

    [Fact]
    public async Task A_plain_outcome_is_not_waited_for_and_not_lost()
    {
        var commits = 0;
        Store.Committing = _ => commits++;
        await _outside.GetAsync($"{Origin}/ok");
        Assert.Equal(1, commits);
        Assert.Single(await _outside.OutcomesAsync());
    }

    [Fact]
    public async Task The_outcome_says_how_it_went()
    {
        await _outside.SendAsync(new($"{Origin}/echo/headers?as=text&token=topsecretquery", "POST")
        {
            Body = "a body of the agents own",
            Headers = [("X-Mine", "a value of the agents own")],
        });
        var decision = Assert.Single(await _outside.UsesAsync());
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.True(decision.Sequence < outcome.Sequence);
        Assert.All([decision, outcome], entry =>
        {
            Assert.Equal(("agent:bot", Outside.Path, "http_request", AuditOutcome.Allowed), (entry.Actor, entry.Resource, entry.Operation, entry.Outcome));
            Assert.Equal(_outside.Bot.Session.Id, entry.SessionId);
            Assert.Equal("use", Assert.Single(entry.Policies));
            Assert.Equal(("POST", Origin, "/echo/headers"), (entry.Details!["method"], entry.Details["origin"], entry.Details["path"]));
        });
        Assert.Equal(["method", "origin", "path"], decision.Details!.Keys.Order());
        Assert.Equal(["bytes", "duration_ms", "method", "origin", "path", "scrubbed", "sends", "status"], outcome.Details!.Keys.Order());
        Assert.Equal(("200", "1", "1"), (outcome.Details["status"], outcome.Details["scrubbed"], outcome.Details["sends"]));
        Assert.True(int.Parse(outcome.Details["bytes"], CultureInfo.InvariantCulture) > 50);
    }

    [Fact]
    public async Task Nothing_that_was_carried_is_on_the_record()
    {
        await using var raw = RawUpstream.Responding(RawResponses.EchoAsStatusLine);
        await _outside.StoreAsync(new() { AllowedOrigins = [Origin, raw.Origin] });
        OutgoingCall Call(string url) => new(url, "POST") { Body = "bodycanary", Headers = [("X-Mine", "headercanary")] };
        await _outside.SendAsync(Call($"{Origin}/echo/headers?q=querycanary"));
        await _outside.SendAsync(Call($"{Origin}/echo/header?q=querycanary"));
        await _outside.SendAsync(Call($"{Origin}/echo/location?q=querycanary"));
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, Call($"{raw.Origin}/?q=querycanary"));
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, Call("https://evil.test/?q=querycanary"));
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, Call($"{Origin}/?q=querycanary#x"));
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, Call($"{Origin}/") with { Timeout = 1e9 });
        var log = JsonSerializer.Serialize(await _outside.Test.AuditAsync(), new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Told.Nothing(log);
        Assert.DoesNotContain("canary", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("query:key", "/ok")]
    [InlineData("path", "/ok/{secret}/x")]
    public async Task The_secret_is_not_on_the_record_when_it_is_part_of_the_address(string headerType, string path)
    {
        await _outside.StoreAsync(new() { HeaderType = headerType });
        await _outside.GetAsync(Origin + path);
        var log = JsonSerializer.Serialize(await _outside.Test.AuditAsync());
        Told.Nothing(log);
        Assert.Equal(path, Assert.Single(await _outside.OutcomesAsync()).Details!["path"]);
    }

    [Fact]
    public async Task What_failed_is_on_the_record_with_why()
    {
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{Origin}/breaks"));
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal((AuditOutcome.Failed, VaultErrorCode.UpstreamFailed, "200"), (outcome.Outcome, outcome.Reason, outcome.Details!["status"]));
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new("https://evil.test/"));
        var refused = (await _outside.UsesAsync())[^1];
        Assert.Equal((VaultErrorCode.EgressDenied, "https://evil.test"), (refused.Reason, refused.Details!["origin"]));
    }

    // A service that echoes and then breaks off has been seen to echo.
    [Fact]
    public async Task A_finding_in_a_response_that_was_not_delivered_is_on_the_record_too()
    {
        await using var raw = RawUpstream.Responding($"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{RawResponses.Authorization} {new string('x', 40_000)}");
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin));
        Assert.Equal("1", Assert.Single(await _outside.OutcomesAsync()).Details!.GetValueOrDefault("scrubbed"));
    }

    [Fact]
    public async Task A_long_path_is_cut_on_the_record_and_sent_whole()
    {
        var path = "/ok/" + new string('a', 3000);
        await _outside.GetAsync(Origin + path);
        Assert.Equal(path, Assert.Single(_upstream.Requests).Target);
        Assert.InRange(Assert.Single(await _outside.OutcomesAsync()).Details!["path"].Length, 200, 300);
    }
}
