using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Daemon.Tests.Rpc;

public sealed class SessionTests
{
    public static readonly TheoryData<string, string> NeedASession = new()
    {
        { "list", "{}" },
        { "retrieve", """{"path":"app/api_key"}""" },
        { "use", """{"path":"app/api_key","operation":"sign","params":{"data":"x"}}""" },
        { "renew_lease", """{"lease_id":"00"}""" },
        { "release_lease", """{"lease_id":"00"}""" },
        { "lease_status", "{}" },
        { "check_access", """{"path":"app/api_key"}""" },
        { "tool_call", """{"server":"github","tool":"list_issues"}""" },
        { "tool_list", """{"server":"github","tools":["list_issues"]}""" },
        { "request_access", """{"path":"app/api_key","operation":"sign","reason":"why"}""" },
        { "access_status", """{"handle":"00"}""" },
        { "audit_log", "{}" },
        { "logout", "{}" },
        { "credential.list", "{}" },
        { "credential.retrieve", """{"path":"app/api_key","ttl":1}""" },
        { "credential.use", """{"path":"app/api_key","operation":"sign","params":{"data":"x"}}""" },
        { "lease.release", """{"lease_id":"00"}""" },
    };

    [Theory]
    [MemberData(nameof(NeedASession))]
    public async Task Nothing_is_done_for_a_connection_that_has_not_signed_in(string method, string parameters)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        Assert.Equal("AUTH_FAILED", await wire.CodeAsync(method, parameters));
        await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");
        Assert.Equal("AUTH_FAILED", await wire.CodeAsync(method, parameters));
    }

    [Fact]
    public async Task A_session_id_is_useless_on_another_connection()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var owner = await vault.SignInAsync();
        var thief = await vault.ConnectAsync();
        var other = await vault.ConnectAsync();
        await other.SignInAsync("stranger", vault.Stranger);
        var stolen = $$"""{"session_id":"{{owner.SessionId}}"}""";

        Assert.Equal("SESSION_EXPIRED", await thief.CodeAsync("list", stolen));
        Assert.Equal("SESSION_EXPIRED", await other.CodeAsync("list", stolen));
        Assert.Equal("SESSION_EXPIRED", await other.CodeAsync("logout", stolen));
        await owner.CallAsync("list", stolen);
    }

    [Fact]
    public async Task A_challenge_is_valid_for_one_response_right_or_wrong()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();
        var challenge = (await wire.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;
        var right = $$"""{"signature":"{{AgentWire.Sign(vault.Agent, challenge)}}"}""";

        Assert.Equal("AUTH_FAILED", await wire.CodeAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Stranger, challenge)}}"}"""));
        Assert.Equal("AUTH_FAILED", await wire.CodeAsync("challenge_response", right));
    }

    [Fact]
    public async Task A_challenge_is_useless_on_another_connection()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var (asking, answering) = (await vault.ConnectAsync(), await vault.ConnectAsync());
        var challenge = (await asking.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;
        var answer = $$"""{"signature":"{{AgentWire.Sign(vault.Agent, challenge)}}"}""";

        Assert.Equal("AUTH_FAILED", await answering.CodeAsync("challenge_response", answer));
        await answering.CallAsync("authenticate", """{"agent_name":"worker"}""");
        Assert.Equal("AUTH_FAILED", await answering.CodeAsync("challenge_response", answer));
    }

    [Fact]
    public async Task A_new_challenge_replaces_the_one_before()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();
        var first = (await wire.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;
        await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");

        Assert.Equal("AUTH_FAILED", await wire.CodeAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Agent, first)}}"}"""));
    }

    [Fact]
    public async Task Unknown_agents_and_wrong_signatures_get_the_same_responses()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();

        var unknown = await Attempt("nobody");
        var known = await Attempt("worker");

        Assert.Equal(known.Asked, unknown.Asked);
        Assert.Equal(known.Error.ToString(), unknown.Error.ToString());

        async Task<(string Asked, JsonElement Error)> Attempt(string agent)
        {
            var wire = await vault.ConnectAsync();
            var asked = await wire.CallAsync("authenticate", $$"""{"agent_name":"{{agent}}"}""");
            var signature = AgentWire.Sign(vault.Stranger, asked.GetProperty("challenge").GetString()!);
            var form = string.Join(' ', asked.EnumerateObject().Select(member => $"{member.Name}:{member.Value.GetString()!.Length}"));
            return (form, await wire.RefusedAsync("challenge_response", $$"""{"signature":"{{signature}}"}"""));
        }
    }

    [Fact]
    public async Task Signing_in_again_replaces_the_session_and_failing_to_does_not()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        var first = wire.SessionId;

        var challenge = (await wire.CallAsync("authenticate", """{"agent_name":"stranger"}""")).GetProperty("challenge").GetString()!;
        await wire.RefusedAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Agent, challenge)}}"}""");
        Assert.NotEmpty((await wire.CallAsync("list", $$"""{"session_id":"{{first}}"}""")).GetProperty("credentials").EnumerateArray());

        await wire.SignInAsync("stranger", vault.Stranger);
        Assert.Empty((await wire.CallAsync("list")).GetProperty("credentials").EnumerateArray());
        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list", $$"""{"session_id":"{{first}}"}"""));
    }

    [Fact]
    public async Task Closing_the_connection_ends_the_session_and_keeps_the_leases()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();
        await wire.CallAsync("retrieve", """{"path":"app/api_key"}""");

        await wire.DisposeAsync();

        await Eventually.Async(async () => await Closes(api) == 1);
        Assert.Single(await api.ListLeasesAsync());

        static async Task<int> Closes(Daemon.Admin.IOperatorApi api)
        {
            var count = 0;
            await foreach (var entry in api.ReadAuditAsync(new Daemon.Admin.AuditRequest(Action: "session.close")))
            {
                count++;
            }

            return count;
        }
    }

    [Fact]
    public async Task Failed_sign_ins_are_limited_and_say_when_to_come_back()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"failed_sign_ins_per_minute":2}""");
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        JsonElement error = default;
        for (var i = 0; i < 3; i++)
        {
            var challenge = (await wire.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;
            error = await wire.RefusedAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Stranger, challenge)}}"}""");
        }

        Assert.Equal("RATE_LIMITED", error.GetProperty("code").GetString());
        Assert.InRange(error.GetProperty("context").GetProperty("retry_after").GetInt64(), 1, 60);
    }

    [Fact]
    public async Task Removing_an_agent_ends_its_session_at_once()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();

        await api.RemoveAgentAsync("worker");

        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list"));
    }

    [Fact]
    public async Task Nothing_leaves_of_a_call_whose_session_ends_while_it_runs()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time }, gate: gate);
        var wire = await vault.SignInAsync();

        gate.Close();
        await wire.SendAsync(AgentWire.Frame("""{"id":1,"method":"retrieve","params":{"path":"app/api_key"}}"""));
        await gate.Arrived;
        time.Advance(TimeSpan.FromHours(1));
        gate.Open();
        var reply = await wire.ReadAsync();

        Assert.Equal("SESSION_EXPIRED", reply.GetProperty("error").GetProperty("code").GetString());
        Assert.False(reply.TryGetProperty("result", out _));
        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list"));
    }
}
