using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>SESSION_EXPIRED</c>.</summary>
[Collection(nameof(ErrorVault))]
public sealed class SessionExpiredTests(ErrorVault vault)
{
    [Fact]
    public async Task Another_connections_session_id_is_no_session()
    {
        using var mine = await vault.SignInAsync(ErrorVault.Agent);
        using var other = await vault.SignInAsync(ErrorVault.Agent);
        ErrorObject.Is("SESSION_EXPIRED", WireClient.Error(await other.CallAsync("list", new JsonObject { ["session_id"] = mine.SessionId })));
    }

    [Fact]
    public async Task An_agent_that_is_removed_loses_its_open_session_and_comes_back_in_by_none()
    {
        await vault.Home.RegisterAsync("leaver");
        using var wire = await vault.SignInAsync("leaver");
        await wire.DoAsync("list");
        (await vault.Home.RunAsync("agent", "remove", "leaver")).Done();
        ErrorObject.Is("SESSION_EXPIRED", await wire.RefusedAsync("list"));

        var asked = WireClient.Result(await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = "leaver" }));
        var answer = new JsonObject { ["signature"] = WireClient.Sign(vault.Home.KeyOf("leaver"), (string)asked["challenge"]!) };
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await wire.CallAsync("challenge_response", answer)));
    }
}
