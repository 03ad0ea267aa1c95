using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Errors;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>Sessions that live for a second: <c>SESSION_EXPIRED</c> on the wire, and what the .NET client makes of it.</summary>
public sealed class ClientSessionTests(ClientSessionTests.ShortLived vault) : IClassFixture<ClientSessionTests.ShortLived>
{
    [Fact]
    public async Task A_session_past_its_life_is_over_and_the_same_connection_can_sign_in_again()
    {
        using var wire = await vault.SignInAsync("alice");
        var refused = await ExpireAsync(wire);
        ErrorObject.Is("SESSION_EXPIRED", refused);
        await wire.SignInAsync("alice", vault.Home.KeyOf("alice"));
    }

    [Fact]
    public async Task The_client_signs_in_again_by_itself()
    {
        // A relay that keeps every call until its session is over, but for the first time only: the repeated call is in time.
        await using var relay = new LateRelay(vault.Home, late: 1);
        await using var client = await SanctumClient.ConnectAsync("alice", Through(relay));
        await client.ListAsync();
        Assert.Equal(2, relay.SignIns);
    }

    [Fact]
    public async Task The_client_gives_up_when_the_next_session_is_over_too()
    {
        await using var relay = new LateRelay(vault.Home, late: 2);
        await using var client = await SanctumClient.ConnectAsync("alice", Through(relay));
        ClientErrorTests.Whole(await Assert.ThrowsAsync<SessionExpiredException>(() => client.ListAsync()), "SESSION_EXPIRED");
        Assert.Equal(2, relay.SignIns);
    }

    private static async Task<JsonObject> ExpireAsync(WireClient wire)
    {
        JsonObject reply = [];
        await Eventually.HoldsAsync(async () => (reply = await wire.CallAsync("lease_status")).ContainsKey("error"));
        return WireClient.Error(reply);
    }

    private SanctumClientOptions Through(LateRelay relay) => new() { SocketPath = relay.Socket, KeyPath = vault.Home.KeyOf("alice") };

    public sealed class ShortLived : ServedVault
    {
        protected override string Configuration => """{ "session_lifetime": 1 }""";

        protected override Task FillAsync() => Home.RegisterAsync("alice");
    }
}
