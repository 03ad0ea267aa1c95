using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Credentials;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>What one agent or a stranger sends as fast as it can, over real sockets, and what it must not take from the others.</summary>
public sealed class FloodTests
{
    private const string Denied = """{"path":"other/key"}""";

    [Fact]
    public async Task An_agent_without_grants_does_not_fill_the_log_and_every_call_of_its_is_counted()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"recorded_per_minute":20}""");
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = new FakeTimeProvider(DateTimeOffset.UtcNow) });
        var healthy = await vault.SignInAsync();

        var codes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var wire = await vault.ConnectAsync();
            await wire.SignInAsync("stranger", vault.Stranger);
            return await PipelinedAsync(wire, "retrieve", Denied, 500);
        }));
        await healthy.CallAsync("list");

        var replies = codes.SelectMany(code => code).CountBy(code => code).ToDictionary();
        Assert.Equal(["ACCESS_DENIED", "RATE_LIMITED"], replies.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(replies["ACCESS_DENIED"], 20, 40);
        var entries = await AuditAsync(vault, new AuditRequest(Agent: "stranger", Action: "retrieve"));
        Assert.InRange(entries.Count, 20, 50);
        Assert.Equal(2000, entries.Sum(Calls));
    }

    [Fact]
    public async Task The_counted_calls_are_in_the_log_after_the_daemon_was_stopped()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"recorded_per_minute":5}""");
        var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();
        await wire.SignInAsync("stranger", vault.Stranger);
        await PipelinedAsync(wire, "retrieve", Denied, 100);
        await daemon.DisposeAsync();

        await vault.StartAsync();
        Assert.Equal(100, (await AuditAsync(vault, new AuditRequest(Agent: "stranger", Action: "retrieve"))).Sum(Calls));
    }

    [Fact]
    public async Task Wrong_signatures_lock_nobody_out_and_are_counted()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"failed_sign_ins_per_minute":3}""");
        await using var daemon = await vault.StartAsync(options => options with { Tcp = "127.0.0.1:0" });
        var endpoint = IPEndPoint.Parse(daemon.Status.Tcp!);
        var codes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => GuessAsync(endpoint)));

        // From the same place, and with the key.
        await using var right = await AgentWire.ConnectAsync(endpoint);
        await right.SignInAsync("worker", vault.Agent);
        await right.CallAsync("list");

        Assert.Equal((3, 9), (codes.Count(code => code == "AUTH_FAILED"), codes.Count(code => code == "RATE_LIMITED")));
        var entries = await AuditAsync(vault, new AuditRequest(Action: "session.open", Denied: true));
        Assert.InRange(entries.Count, 3, 5);
        Assert.Equal(12, entries.Sum(Calls));
    }

    [Fact]
    public async Task A_client_that_keeps_guessing_gets_late_replies_and_one_with_the_key_does_not()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"failed_sign_ins_per_minute":1}""");
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        await using var guesser = await vault.ConnectAsync();
        Assert.Equal("AUTH_FAILED", await GuessAsync(guesser));

        var late = GuessAsync(guesser);
        for (var i = 0; i < 100; i++)
        {
            await (await vault.SignInAsync()).CallAsync("list");
        }

        Assert.False(late.IsCompleted);
        await time.PassUntilAsync(late, TimeSpan.FromSeconds(1), most: 25);
        Assert.Equal("RATE_LIMITED", await late);
    }

    [Fact]
    public async Task Calls_on_many_connections_at_once_make_no_more_leases_than_are_allowed()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"leases_per_agent":100}""");
        await using var daemon = await vault.StartAsync();
        var wires = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => vault.SignInAsync()));

        var codes = await Task.WhenAll(wires.Select(wire => PipelinedAsync(wire, "retrieve", """{"path":"app/api_key"}""", 64)));

        Assert.Equal(100, codes.SelectMany(code => code).Count(code => code == "OK"));
        Assert.Equal(100, (await wires[0].CallAsync("lease_status")).GetProperty("leases").GetArrayLength());
    }

    [Theory]
    [InlineData("credential.retrieve", "RESPONSE_TOO_LARGE")]
    [InlineData("retrieve", "OK")]
    public async Task A_secret_that_its_reply_can_not_carry_leaves_no_lease_and_is_on_the_record_as_failed(string method, string code)
    {
        await using var vault = await VaultFixture.CreateAsync((opened, by) =>
            opened.Credentials.StoreAsync(by, CredentialPath.Parse("app/control"), Encoding.UTF8.GetBytes(new string('\u0001', 1024 * 1024))));
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        Assert.Equal([code], await PipelinedAsync(wire, method, """{"path":"app/control"}""", 1));

        var entry = Assert.Single(await AuditAsync(vault, new AuditRequest(Action: "retrieve")));
        Assert.Equal(code == "OK" ? "allowed" : "failed", entry.Outcome);
        Assert.Equal(code == "OK" ? 1 : 0, (await wire.CallAsync("lease_status")).GetProperty("leases").GetArrayLength());
        if (code != "OK")
        {
            Assert.Contains("'retrieve'", (await wire.RefusedAsync(method, """{"path":"app/control"}""")).GetProperty("suggestion").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_nothing_live_longer()
    {
        var clock = new ClockSetBack();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = clock });
        var wire = await vault.SignInAsync();
        var late = await vault.ConnectAsync();
        var lease = (await wire.CallAsync("retrieve", """{"path":"app/api_key","ttl":2}""")).GetProperty("lease_id").GetString();
        var challenge = (await late.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;
        var by = await vault.OperatorAsync();

        clock.Offset = TimeSpan.FromDays(-1);
        clock.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal("LEASE_EXPIRED", await wire.CodeAsync("renew_lease", $$"""{"lease_id":"{{lease}}"}"""));
        Assert.Equal(0, (await wire.CallAsync("lease_status")).GetProperty("leases").GetArrayLength());
        await by.ListAsync(null, null);

        clock.Pass(TimeSpan.FromSeconds(28));
        Assert.Equal("AUTH_FAILED", await late.CodeAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Agent, challenge)}}"}"""));

        clock.Pass(TimeSpan.FromMinutes(15));
        Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => by.ListAsync(null, null))).Code);

        clock.Pass(TimeSpan.FromHours(1));
        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list"));
    }

    private static async Task<string> GuessAsync(IPEndPoint endpoint)
    {
        await using var wire = await AgentWire.ConnectAsync(endpoint);
        return await GuessAsync(wire);
    }

    private static async Task<string> GuessAsync(AgentWire wire)
    {
        await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");
        return await wire.CodeAsync("challenge_response", $$"""{"signature":"{{new string('0', 128)}}"}""");
    }

    // So many of a call, written while the replies are read; the codes they were answered with.
    private static async Task<List<string>> PipelinedAsync(AgentWire wire, string method, string parameters, int times)
    {
        var frame = AgentWire.Frame($$"""{"id":1,"method":"{{method}}","params":{{parameters}}}""");
        var sending = wire.SendAsync([.. Enumerable.Repeat(frame, times)]);
        List<string> codes = [];
        for (var i = 0; i < times; i++)
        {
            var reply = await wire.ReadAsync();
            codes.Add(reply.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()! : "OK");
        }

        await sending;
        return codes;
    }

    private static async Task<List<AuditEntryView>> AuditAsync(VaultFixture vault, AuditRequest request)
    {
        await using var by = await vault.OperatorAsync();
        List<AuditEntryView> entries = [];
        await foreach (var entry in by.ReadAuditAsync(request))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static long Calls(AuditEntryView entry) =>
        entry.Details?.GetValueOrDefault("calls") is { } calls ? long.Parse(calls, CultureInfo.InvariantCulture) : 1;
}
