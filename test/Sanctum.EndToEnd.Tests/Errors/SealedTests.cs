using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>VAULT_LOCKED</c>, and what is left of a session afterwards.</summary>
public sealed class SealedTests
{
    [Fact]
    public async Task A_sealed_vault_serves_no_method_and_an_unsealed_one_asks_for_a_new_sign_in()
    {
        await using var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("a/key", "a secret of some length");
        await home.RegisterAsync("alice");
        await home.GrantAsync("all", "alice", "*", "retrieve,use");
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("alice", home.KeyOf("alice"));
        var lease = (string)(await wire.DoAsync("retrieve", new JsonObject { ["path"] = "a/key" }))["lease_id"]!;

        (await home.RunAsync("seal")).Done();
        using var stranger = await WireClient.ConnectAsync(home.Socket);
        foreach (var (method, parameters) in Calls(lease))
        {
            foreach (var from in new[] { wire, stranger })
            {
                var refused = WireClient.Error(await from.CallAsync(method, parameters.DeepClone().AsObject()));

                // Nothing was begun: the call can be made at another daemon, whatever it does.
                Assert.Equal("sealed", (string?)ErrorObject.Is("VAULT_LOCKED", refused, "daemon:string")["context"]!["daemon"]);
            }
        }

        (await home.RunAsync("unseal")).Done();
        ErrorObject.Is("SESSION_EXPIRED", await wire.RefusedAsync("list"));
        await wire.SignInAsync("alice", home.KeyOf("alice"));
        await wire.DoAsync("renew_lease", new JsonObject { ["lease_id"] = lease });
    }

    private static IEnumerable<(string Method, JsonObject Parameters)> Calls(string lease) =>
    [
        ("authenticate", new JsonObject { ["agent_name"] = "alice" }),
        ("challenge_response", new JsonObject { ["signature"] = "00" }),
        ("list", []),
        ("retrieve", new JsonObject { ["path"] = "a/key" }),
        ("use", new JsonObject { ["path"] = "a/key", ["operation"] = "http_header" }),
        ("renew_lease", new JsonObject { ["lease_id"] = lease }),
        ("lease_status", []),
        ("release_lease", new JsonObject { ["lease_id"] = lease }),
        ("logout", []),
        ("auth.challenge", new JsonObject { ["agent"] = "alice" }),
        ("auth.verify", new JsonObject { ["agent"] = "alice", ["signature"] = "00" }),
        ("credential.list", []),
        ("credential.retrieve", new JsonObject { ["path"] = "a/key", ["ttl"] = 60 }),
        ("credential.use", new JsonObject { ["path"] = "a/key", ["operation"] = "http_header", ["params"] = null }),
        ("lease.release", new JsonObject { ["lease_id"] = lease }),
    ];
}
