using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>RATE_LIMITED</c> for those who guess.</summary>
public sealed class SignInLimitTests(SignInLimitTests.Strict vault) : IClassFixture<SignInLimitTests.Strict>
{
    [Fact]
    public async Task Who_fails_too_often_has_to_wait_and_locks_nobody_else_out()
    {
        for (var i = 0; i < Strict.Failures; i++)
        {
            ErrorObject.Is("AUTH_FAILED", WireClient.Error(await GuessAsync("alice")));
        }

        // On a new connection, for another agent too: it is the process that is limited, and not the agent.
        foreach (var agent in new[] { "alice", "bob" })
        {
            var error = ErrorObject.Is("RATE_LIMITED", WireClient.Error(await GuessAsync(agent)), "retry_after:integer");
            Assert.InRange((int)error["context"]!["retry_after"]!, 1, 60);
        }

        using var elsewhere = await vault.SignInAsync("alice", Transport.Tcp);
        await elsewhere.DoAsync("list");
    }

    private async Task<JsonObject> GuessAsync(string agent)
    {
        using var wire = await vault.ConnectAsync();
        await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = agent });
        return await wire.CallAsync("challenge_response", new JsonObject { ["signature"] = new string('0', 128) });
    }

    public sealed class Strict : ServedVault
    {
        public const int Failures = 3;

        protected override string Configuration => $$"""{ "failed_sign_ins_per_minute": {{Failures}} }""";

        protected override Task FillAsync() => Home.RegisterAsync("alice");
    }
}
